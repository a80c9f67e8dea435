"""How many people a trial was planned for, and how many took part, over the years. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from tracker.api.trials import VersionRow
from tracker.changes.wording.words import count_of, stands_in
from tracker.web.plots.dated_versions import DatedVersion, dated_versions, undated_words
from tracker.web.plots.parts.drawing import (
    NARROW,
    WIDE,
    Circle,
    Drawing,
    KeyItem,
    Label,
    Line,
    Path,
    Plot,
    PlotTable,
    Shape,
    empty,
    key_item,
)
from tracker.web.plots.parts.label_room import LabelRoom
from tracker.web.plots.parts.scale import Scale, linear_scale, number_words
from tracker.web.plots.parts.time_axis import DayRange, TimeAxis, day_range, narrow_axis, today_line, wide_axis
from tracker.web.plots.parts.words import day_words, listing

__all__ = ["enrollment_steps"]

_TOP, _FLOOR, _BOTTOM = 18.0, 118.0, 139.0
_KINDS = {"ACTUAL": "actual", "ESTIMATED": "target"}
_UNSAID = "kind not given"
_VERBS = {"actual": "enrolled", "target": "planned", _UNSAID: f"({_UNSAID})"}


class _Step(NamedTuple):
    """A stretch of versions with one number of people, or with none."""

    first: dt.date
    last: dt.date
    said: str
    people: int | None
    kind: str

    @property
    def drawn(self) -> bool:
        return self.people is not None and not stands_in(self.people)


def enrollment_steps(
    versions: Sequence[VersionRow], today: dt.date, days: DayRange | None = None, *, plot_id: str = "people"
) -> Plot:
    """Return targets (dashed, hollow) and counts of people enrolled (solid) by the day the record gave them."""
    dated = dated_versions(versions)
    days = days or day_range([today, *(it.day for it in dated)] if dated else ())
    steps = _steps(dated, today)
    if days is None or not any(step.drawn for step in steps):
        return empty(plot_id, "No version gives a number of participants.")
    most = max(step.people or 0 for step in steps if step.drawn)
    scale = linear_scale(0, most or 1, 4)
    return Plot(
        id=plot_id,
        title=_title([step for step in steps if step.drawn]),
        description=f"Participants by the day the record gave them: {listing([_said(step) for step in steps])}.",
        wide=_drawing(steps, wide_axis(days), scale, today),
        narrow=_drawing(steps, narrow_axis(days), scale, today),
        table=_table(steps),
        note=" ".join(filter(None, (_placeholders(steps), undated_words(versions)))),
        key=_key(steps),
    )


def _steps(dated: Sequence[DatedVersion], today: dt.date) -> list[_Step]:
    if not dated:
        return []
    starts = [dated[0]]
    starts += [after for before, after in pairwise(dated) if after.row.enrollment != before.row.enrollment]
    ends = [*(it.day for it in starts[1:]), max(today, dated[-1].day)]
    found = []
    for (day, row), end in zip(starts, ends, strict=True):
        found.append(
            _Step(day, end, row.effective, row.enrollment.count, _KINDS.get(row.enrollment.type or "", _UNSAID))
        )
    return found


def _said(step: _Step) -> str:
    day = day_words(step.said, whole=True)
    return f"no number from {day}" if step.people is None else f"{step.people:,} {_VERBS[step.kind]} from {day}"


def _title(steps: Sequence[_Step]) -> str:
    """Return the finding: how many took part of how many planned, or what became of the target."""
    last = steps[-1]
    targets = [step.people or 0 for step in steps if step.kind == "target"]
    people = count_of(last.people or 0, "person", "people")
    if last.kind == "actual":
        return f"{people} took part, of {targets[-1]:,} planned" if targets else f"{people} took part"
    if last.kind != "target":
        return f"{people}, and the record does not say whether planned or counted"
    moves = sum(one != two for one, two in pairwise(targets))
    if not moves:
        return f"{people} planned"
    times = "once" if moves == 1 else f"{moves} times"
    return f"{people} planned, {targets[0]:,} at first: the target moved {times}"


def _placeholders(steps: Sequence[_Step]) -> str:
    found = sorted({step.people for step in steps if step.people is not None and not step.drawn})
    return f"{', '.join(f'{count:,}' for count in found)} stands for no number and is not drawn." if found else ""


def _table(steps: Sequence[_Step]) -> PlotTable:
    rows = []
    for step in steps:
        kind = "placeholder" if step.people is not None and not step.drawn else step.kind
        rows.append(
            (
                day_words(step.said),
                "none" if step.people is None else f"{step.people:,}",
                kind if step.people is not None else "",
            )
        )
    return PlotTable(("In effect from", "Participants", "Kind"), tuple(rows), "Participants by version", (1,))


def _key(steps: Sequence[_Step]) -> tuple[KeyItem, ...]:
    """Return a key only where a label does not say it: for numbers whose kind is not given."""
    if all(step.kind != _UNSAID for step in steps if step.drawn):
        return ()
    return (key_item(_UNSAID, Line(0, 6, 16, 6, "unsaid")),)


def _drawing(steps: Sequence[_Step], axis: TimeAxis, scale: Scale, today: dt.date) -> Drawing:
    wide = axis.is_wide
    lines, marks = _lines(steps, axis, scale), _marks(steps, axis, scale)
    levels = _levels(axis, scale)
    grid = axis.grid(_BOTTOM)
    room = LabelRoom(axis.left, axis.right, [*marks, *(it for it in (*levels, *grid) if isinstance(it, Label))])
    for line in lines:
        room.take(*(Line(*one, *two, "") for one, two in pairwise(line.points)))
    words = _words(steps, axis, scale, room)
    beside = LabelRoom(0, axis.left, [it for it in levels if isinstance(it, Label)])
    name = beside.place(*(Label(0, y, "People", "tb") for y in ((_TOP + _FLOOR) / 2 + 4, 8.0))) if wide else []
    shapes = (*grid, *levels, *today_line(axis, today, _BOTTOM), *lines, *marks, *words, *name)
    return Drawing(WIDE if wide else NARROW, _BOTTOM + 5, shapes)


def _height(value: float, scale: Scale) -> float:
    return _FLOOR - scale.share(value) * (_FLOOR - _TOP)


def _levels(axis: TimeAxis, scale: Scale) -> list[Shape]:
    """Return a level line for each round number, with the number left of it, or on it where there is no margin."""
    found: list[Shape] = []
    for tick in scale.ticks[:: 2 if len(scale.ticks) > 4 else 1]:
        y = _height(tick, scale)
        found.append(Line(axis.left, y, axis.right, y, "grid" if tick else "axis"))
        words = number_words(tick, scale.ticks)
        found.append(
            Label(axis.left - 8, y + 4, words, "tq", "end") if axis.is_wide else Label(0, y - 4, words, "tq halo")
        )
    return found


def _lines(steps: Sequence[_Step], axis: TimeAxis, scale: Scale) -> list[Path]:
    """Return one stepped line for each run of a kind. A version without a number interrupts it."""
    found: list[Path] = []
    points: list[tuple[float, float]] = []
    kind = before = None
    for step in steps:
        if not step.drawn:
            kind = before = None
            continue
        y = _height(step.people or 0, scale)
        left, right = axis.at(step.first), axis.at(step.last)
        if step.kind != kind:
            points = [] if before is None else [(left, before)]
            found.append(Path((), ""))
        points = [*points, (left, y), (right, y)]
        css = {"actual": "lfact", "target": "lplan"}.get(step.kind, "unsaid")
        found[-1] = Path(tuple(points), css)
        kind, before = step.kind, y
    return found


def _marks(steps: Sequence[_Step], axis: TimeAxis, scale: Scale) -> list[Shape]:
    css = {"actual": "fact", "target": "plan"}
    return [
        Circle(axis.at(step.first), _height(step.people or 0, scale), 4.2, css.get(step.kind, "unsaid-mark"))
        for step in steps
        if step.drawn
    ]


def _words(steps: Sequence[_Step], axis: TimeAxis, scale: Scale, room: LabelRoom) -> list[Label]:
    """Return the numbers beside their steps: the last of each kind first, then the first, then as many as have room."""
    drawn = [step for step in steps if step.drawn]
    last = {step.kind: step for step in drawn}
    named = [*last.values(), *(step for step in [drawn[0]] if step not in last.values())]
    found: list[Label] = []
    for step in [*reversed(named), *(step for step in drawn if step not in named)]:
        words = f"{step.people:,} {_VERBS[step.kind]}" if step in named else f"{step.people:,}"
        x, y = axis.at(step.first), _height(step.people or 0, scale)
        middle = (x + axis.at(step.last)) / 2
        # At the end of the axis, a number would be taken for that of the last step.
        ends = (y + 17, y - 8) if step is drawn[-1] else ()
        found += room.place(
            Label(x + 9, y + 17, words, "tb"),
            Label(x + 9, y - 8, words, "tb"),
            Label(middle, y - 8, words, "tb", "middle"),
            Label(x - 9, y - 8, words, "tb", "end"),
            Label(x - 9, y + 17, words, "tb", "end"),
            *(Label(axis.right, end, words, "tb", "end") for end in ends),
        )
    return found
