"""How the dates of a trial moved: a row for each version that moved one. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tracker.api.trials import FieldHistory
from tracker.changes.events.date_events import apart
from tracker.changes.wording.words import at_start, count_of, days_between
from tracker.records.dates import RegistryDate
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
    Rect,
    Shape,
    empty,
    key_item,
)
from tracker.web.plots.parts.label_room import LabelRoom
from tracker.web.plots.parts.time_axis import DayRange, TimeAxis, day_range, narrow_axis, today_line, wide_axis
from tracker.web.plots.parts.words import day_words, listing, signed_days
from tracker.web.plots.said_dates import COMPLETION, NAMES, PRIMARY, START, SaidDates, is_fact, said_dates

__all__ = ["date_slips"]

_ENDS = (PRIMARY, COMPLETION)
_SHORT = {PRIMARY: "primary", COMPLETION: "completion"}
_MARK = 5.0


def date_slips(history: FieldHistory, today: dt.date, days: DayRange | None = None, *, plot_id: str = "slips") -> Plot:
    """Return what each version promised, the day it was said, and the slip in days.

    A month or year is drawn at its last day, with a thin line over all of it.
    """
    rows = said_dates(history)
    known = [day for row in rows for date in row.dates.values() if date for day in (date.first, date.last) if day]
    if not known:
        return empty(plot_id, "No version gives a date of start or completion that can be read.")
    days = days or day_range([today, *known, *(row.day for row in rows)])
    assert days is not None  # there are days
    named = [name for name in NAMES if any(row.dates[name] for row in rows)]
    return Plot(
        id=plot_id,
        title=_title(rows, named),
        description=f"One row for each version that moved a date. {listing([_said(row, named) for row in rows])}.",
        wide=_wide(rows, wide_axis(days), today),
        narrow=_narrow(rows, narrow_axis(days), today),
        table=_table(rows, named),
        note=_note(rows, named),
        key=_key(named),
    )


def _title(rows: Sequence[SaidDates], named: Sequence[str]) -> str:
    """Return what became of the date that the rules count from, else of the next one."""
    told = next((name for name in (PRIMARY, COMPLETION, START) if name in named), START)
    dates = [date for row in rows if (date := row.dates[told]) and date.last]
    if not dates:
        return f"The {NAMES[told]} date cannot be read"
    moves, whole, last = sum(row.slip(told) is not None for row in rows), at_start(NAMES[told]), dates[-1]
    day = day_words(last.date, whole=True)
    if not moves:
        return (
            f"{whole} was on {day} and never moved" if is_fact(last) else f"{whole} is {_planned(last)} {day}, unmoved"
        )
    times = "once" if moves == 1 else f"{moves} times"
    apart_days = _apart_days(dates[0], last)
    if not apart_days:
        return f"{whole} moved {times} and is back at the day first given, {day}"
    how = f"{count_of(abs(apart_days), 'day')} {'later' if apart_days > 0 else 'earlier'} than first given"
    return f"{whole} moved {times} and {'came' if is_fact(last) else 'is now'} {how}"


def _planned(date: RegistryDate) -> str:
    return "planned for" if date.type else "given as"


def _apart_days(first: RegistryDate, last: RegistryDate) -> int | None:
    return days_between(first, last) if apart(first, last) else 0


def _said(row: SaidDates, named: Sequence[str]) -> str:
    parts = [f"{NAMES[name]} {_date(row.dates[name], whole=True)}" for name in named if row.dates[name]]
    moved = _moved(row)
    return f"On {day_words(row.said, whole=True)}: {', '.join(parts) or 'no date'}{f' ({moved})' if moved else ''}"


def _date(date: RegistryDate | None, *, whole: bool = False) -> str:
    return f"{day_words(date.date, whole=whole)}{' (actual)' if is_fact(date) else ''}" if date else "none"


def _moved(row: SaidDates) -> str:
    """Return what a version did, in words: ``+184 days``, ``primary completion −12 days``, ``start confirmed``."""
    slips = {name: slip for name in NAMES if (slip := row.slip(name)) is not None}
    both = all(row.dates[name] for name in _ENDS)
    if both and slips.get(PRIMARY) == slips.get(COMPLETION) and PRIMARY in slips:
        parts = [f"both {signed_days(slips[PRIMARY])}"]
    else:
        parts = [
            f"{_SHORT[name]} {signed_days(slips[name])}" if both else signed_days(slips[name])
            for name in _ENDS
            if name in slips
        ]
    parts += [f"start {signed_days(slips[START])}"] if START in slips else []
    return ", ".join(parts or [news for name in NAMES if (news := row.news(name))])


def _note(rows: Sequence[SaidDates], named: Sequence[str]) -> str:
    missing = [NAMES[name] for name in NAMES if name not in named]
    ends = [NAMES[name] for name in _ENDS if name in named]
    ways = (
        f"from start (left) to {' and '.join(ends)}"
        if START in named and ends
        else ", ".join(NAMES[name] for name in named)
    )
    gives = f" The record gives no {' and no '.join(missing)} date." if missing else ""
    untyped = any(date and not date.type for row in rows for date in row.dates.values())
    kind = " Dates that the record calls neither actual nor estimated are drawn as planned." if untyped else ""
    return f"Each row is what the record said that day: {ways}.{gives}{kind}"


def _table(rows: Sequence[SaidDates], named: Sequence[str]) -> PlotTable:
    head = ("Said on", *(at_start(NAMES[name]) for name in named), "Moved")
    cells = tuple((day_words(row.said), *(_date(row.dates[name]) for name in named), _moved(row)) for row in rows)
    return PlotTable(head, cells, "Dates by version")


def _key(named: Sequence[str]) -> tuple[KeyItem, ...]:
    both = all(name in named for name in _ENDS)
    squares = (key_item("primary completion", _diamond(8, 6, "plan")),) if both else ()
    return (
        key_item("planned", Circle(8, 6, 4.5, "plan")),
        key_item("happened", Circle(8, 6, 4.5, "fact")),
        *squares,
        key_item("the day it was said", Line(8, 0, 8, 12, "said")),
        key_item("the slip", Line(0, 6, 16, 6, "slip")),
        key_item("today", Line(8, 0, 8, 12, "today")),
    )


def _diamond(x: float, y: float, css: str) -> Path:
    """Return a diamond: the sign of the primary completion where both completions are drawn."""
    size = _MARK + 0.8
    return Path(((x, y - size), (x + size, y), (x, y + size), (x - size, y)), css, closed=True)


def _wide(rows: Sequence[SaidDates], axis: TimeAxis, today: dt.date) -> Drawing:
    height = 34.0 if len(rows) <= 8 else 27.0 if len(rows) <= 16 else 22.0
    bottom = len(rows) * height + 22
    found: list[Shape] = []
    for place, row in enumerate(rows):
        y = place * height + 22
        marks = _row(row, axis, y)
        found += [Label(0, y + 4, day_words(row.said)), *marks, *_beside(row, axis, y, marks)]
    return Drawing(WIDE, bottom + 5, (*axis.grid(bottom), *today_line(axis, today, bottom), *found))


def _beside(row: SaidDates, axis: TimeAxis, y: float, marks: Sequence[Shape]) -> list[Shape]:
    """Return the words of a row right of its marks, else left of them, else on its line where that is free."""
    words, css = _moved(row), _weight(row)
    signs = [it for it in marks if not isinstance(it, Line) or it.css not in ("lfact", "lplan", "reach")]
    if not words or not signs:
        return []
    room = LabelRoom(0, axis.right + 4, [Label(0, y + 4, day_words(row.said)), *signs])
    lefts = sorted((it.box.left for it in signs), reverse=True)
    found = room.place(
        Label(max(it.box.right for it in marks) + 7, y + 4, words, css),
        Label(min(it.box.left for it in marks) - 7, y + 4, words, css, "end"),
        *(Label(left - 7, y + 4, words, css, "end") for left in lefts),
    )
    # A plain ground under the words, for the line that they interrupt.
    return [shape for it in found for shape in (Rect(it.box.left - 3, y - 6, it.width + 6, 12, "ground"), it)]


def _weight(row: SaidDates) -> str:
    return "tb halo" if any(row.slip(name) is not None for name in NAMES) else "tq halo"


def _narrow(rows: Sequence[SaidDates], axis: TimeAxis, today: dt.date) -> Drawing:
    height = 46.0 if len(rows) <= 8 else 40.0
    bottom = len(rows) * height + 30
    found: list[Shape] = []
    for place, row in enumerate(rows):
        y = place * height + 36
        head = Label(0, y - 14, day_words(row.said), "tb halo")
        room = LabelRoom(0, axis.right, [head])
        words = room.place(Label(axis.right, y - 14, _moved(row), _weight(row), "end")) if _moved(row) else []
        found += [head, *words, *_row(row, axis, y)]
    return Drawing(NARROW, bottom + 5, (*axis.grid(bottom), *today_line(axis, today, bottom), *found))


def _row(row: SaidDates, axis: TimeAxis, y: float) -> list[Shape]:
    """Return the line of one version: solid up to what was known that day, dashed to what was promised."""
    days = {name: date.last for name, date in row.dates.items() if date and date.last}
    slips = [
        Line(axis.at(before), y, axis.at(days[name]), y, "slip")
        for name in NAMES
        if row.slip(name) is not None and (before := _before(row, name))
    ]
    said = Line(axis.at(row.day), y - 9, axis.at(row.day), y + 9, "said")
    marks = [mark for name in days for mark in _mark(row, name, axis, y)]
    return [*_way(row, days, axis, y), *slips, *marks, said]


def _before(row: SaidDates, name: str) -> dt.date | None:
    date = row.before[name] if row.before else None
    return date.last if date else None


def _way(row: SaidDates, days: dict[str, dt.date], axis: TimeAxis, y: float) -> list[Shape]:
    ends = [day for name, day in days.items() if name != START]
    if START not in days or not ends:
        return []
    start, end = axis.at(days[START]), axis.at(max(ends))
    past = [day for name, day in days.items() if name != START and is_fact(row.dates[name])]
    until = max([row.day, *past]) if is_fact(row.dates[START]) else days[START]
    turn = min(max(axis.at(until), min(start, end)), max(start, end))
    turn = end if max(ends) in past else turn
    found: list[Shape] = [Line(start, y, turn, y, "lfact")] if turn != start else []
    return [*found, *([Line(turn, y, end, y, "lplan")] if turn != end else [])]


def _mark(row: SaidDates, name: str, axis: TimeAxis, y: float) -> list[Shape]:
    date = row.dates[name]
    if date is None or date.first is None or date.last is None:
        return []
    css, x = "fact" if is_fact(date) else "plan", axis.at(date.last)
    reach: list[Shape] = [Line(axis.at(date.first), y, x, y, "reach")] if date.first != date.last else []
    both = name == PRIMARY and row.dates[COMPLETION] is not None
    return [*reach, _diamond(x, y, css) if both else Circle(x, y, _MARK, css)]
