"""Two drawings of the way of the results: from left to right, and upright. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from tracker.changes.wording.words import count_of
from tracker.web.plots.due_day import DueDay
from tracker.web.plots.parts.drawing import NARROW, WIDE, Circle, Drawing, Label, Line, Path, Rect, Shape, text_width
from tracker.web.plots.parts.words import day_words

__all__ = ["Stop", "Way", "upright", "walked"]

_Y, _MARK = 58.0, 7.5
_LEAST = 34.0
"""Units between a stop and the due day or the end, if nothing else needs more."""
_STATES = frozenset({"submitted", "returned", "cancelled", "posted", "none"})


class Stop(msgspec.Struct, frozen=True):
    """One stop on the way. `days` and `where` say how long the results stayed as they were from here on, and where."""

    kind: str
    name: str
    when: str
    day: dt.date | None
    days: int | None
    where: str
    planned: bool = False

    @property
    def width(self) -> float:
        return max(text_width(self.name, bold=True), text_width(self.when))

    @property
    def below(self) -> tuple[str, ...]:
        """The words under the line after this stop."""
        if self.kind not in _STATES:
            return ()
        return ("length not known" if self.days is None else count_of(self.days, "day"), self.where)

    @property
    def beside(self) -> str:
        """The same in one line."""
        if self.kind not in _STATES:
            return ""
        if self.days is None:
            return f"{self.where}, length not known"
        return f"{count_of(self.days, 'day')} {self.where}"

    @property
    def lacking(self) -> bool:
        """Return whether nothing stands submitted from here on, so that the results may be late."""
        return self.kind in ("end", "cancelled", "none")


class Way(msgspec.Struct, frozen=True):
    """All stops in order, with the due day and how long the results were late by law."""

    stops: tuple[Stop, ...]
    due: DueDay | None
    today: dt.date
    late_to: dt.date | None = None

    def flag(self, room: float) -> str:
        """Return the words of the due day, shorter where there is less room."""
        if self.due is None:
            return ""
        whole, day = day_words(self.due.due, whole=True), day_words(self.due.due)
        if self.due.applies:
            choices = [f"Due {whole}"]
        elif self.due.asked_by:
            choices = [f"{self.due.asked_by} asks by {whole}"]
        else:
            choices = [f"Due {whole}, if {self.due.words} applies", f"Due {day}, if {self.due.words} applies"]
        choices.append(f"Due {day}, if it applies")
        return next((it for it in choices if text_width(it, bold=True) <= room), choices[-1])


def _css(kind: str) -> str:
    return {"end": "way-end", "today": "way-today"}.get(kind, f"way-{kind}")


def _known_last(stops: Sequence[Stop]) -> dt.date | None:
    return max((stop.day for stop in stops if stop.day), default=None)


def _ends_after(way: Way) -> bool:
    """Return whether the due day lies after every stop, so that the way goes on to it."""
    last = _known_last(way.stops)
    return way.due is not None and (last is None or way.due.due > last)


def _gaps(way: Way, least: Sequence[float], room: float) -> list[float]:
    """Return the lengths between stops: each as long as its words need, and what is left by the days."""
    lasting = []
    for one, two in pairwise(_days(way)):
        lasting.append(float(max((two - one).days, 0)) if one and two else 0.0)
    # Time before the first submission is longer than all that follows, and says less. It gets no more than its share.
    if way.stops[0].kind == "end" and len(lasting) > 1:
        lasting[0] = min(lasting[0], max(lasting[1:]) / 2)
    free, whole = max(room - sum(least), 0.0), sum(lasting)
    return [
        low + (free * days / whole if whole else free / len(least)) for low, days in zip(least, lasting, strict=True)
    ]


def _days(way: Way) -> list[dt.date | None]:
    found = [stop.day for stop in way.stops]
    return [*found, way.due.due] if _ends_after(way) and way.due else found


def _at(day: dt.date, days: Sequence[dt.date | None], places: Sequence[float]) -> float:
    """Return the place of a day between the stops around it."""
    known = [(one, place) for one, place in zip(days, places, strict=True) if one]
    before = [it for it in known if it[0] <= day]
    after = [it for it in known if it[0] > day]
    if not before or not after:
        return (before[-1] if before else after[0])[1]
    (first, left), (last, right) = before[-1], after[0]
    return left + (right - left) * (day - first).days / (last - first).days


# ---------- from left to right ----------


def walked(way: Way) -> Drawing:
    """Return the way from left to right. Upright, if there are too many stops to name side by side."""
    least = _least(way)
    ends = way.stops[0].width / 2, (way.stops[-1].width / 2 if not _ends_after(way) else 10.0)
    room = WIDE - sum(ends) - 4
    if sum(least) > room:
        return upright(way, WIDE)
    places = [ends[0] + 2]
    for gap in _gaps(way, least, room) if least else []:
        places.append(places[-1] + gap)
    pole = _at(way.due.due, _days(way), places) if way.due else None
    late = [Rect(left, _Y - 2.5, right - left, 5, "over-law") for left, right in _late(way, places)]
    stops = [shape for at, stop in zip(places, way.stops, strict=False) for shape in _stop(stop, at)]
    # The flag lies under the words, so that its pole crosses none of them.
    shapes = (*_lines(way, places), *late, *_flag(way, places), *_between(way, places, pole), *stops)
    return Drawing(WIDE, 134.0 if way.due else 104.0, shapes)


def _least(way: Way) -> list[float]:
    """Return the least length after each stop: for the names above the line, and for the words below it."""
    below = [max((text_width(words) for words in stop.below), default=0.0) + 12 for stop in way.stops]
    names = ((one.width + two.width) / 2 + 12 for one, two in pairwise(way.stops))
    found = list(map(max, names, below))
    return [*found, max(_LEAST, way.stops[-1].width / 2 + 12, below[-1])] if _ends_after(way) else found


def _line_css(stop: Stop) -> str:
    return f"run-{stop.kind}" if stop.kind in _STATES else "run-before"


def _lines(way: Way, places: Sequence[float]) -> list[Shape]:
    found: list[Shape] = []
    for stop, (left, right) in zip(way.stops, pairwise(places), strict=False):
        css = "run-unknown" if stop.kind in _STATES and stop.days is None else _line_css(stop)
        found.append(Line(left, _Y, right, _Y, css))
    return found


def _late(way: Way, places: Sequence[float]) -> list[tuple[float, float]]:
    """Return the stretches past the due day in which the law misses results and nothing stands submitted."""
    if way.due is None or way.late_to is None:
        return []
    due, end = (_at(day, _days(way), places) for day in (way.due.due, way.late_to))
    found = []
    for stop, (start, until) in zip(way.stops, pairwise(places), strict=False):
        begin, stretch_end = max(start, due), min(until, end)
        if stop.lacking and stretch_end > begin:
            found.append((begin, stretch_end))
    return found


def _between(way: Way, places: Sequence[float], pole: float | None) -> list[Shape]:
    """Return the words under the line, beside the pole of the due day if it stands there."""
    found: list[Shape] = []
    for stop, (left, right) in zip(way.stops, pairwise(places), strict=False):
        half = max((text_width(words) for words in stop.below), default=0.0) / 2
        middle = (left + right) / 2
        if pole is not None and abs(middle - pole) < half + 5:
            aside = pole + half + 6 if right - pole > pole - left else pole - half - 6
            middle = aside if left <= aside - half and aside + half <= right else middle
        found += [
            Label(middle, _Y + 22 + 15 * row, words, "tq halo", "middle")
            for row, words in enumerate(stop.below)
            if words
        ]
    return found


def _flag(way: Way, places: Sequence[float]) -> list[Shape]:
    if way.due is None:
        return []
    words = way.flag(WIDE / 2)
    x, width = _at(way.due.due, _days(way), places), text_width(words, bold=True) + 18
    left = min(max(x, 0.0), WIDE - width)
    css = "due-plan" if way.due.planned else "due"
    pole = Line(x, _Y - 12, x, 132, css)
    flag = Rect(left, 108, width, 22, f"{css}-flag", 2)
    return [pole, flag, Label(left + 9, 123, words, "on-due-plan" if way.due.planned else "on-due")]


def _stop(stop: Stop, x: float) -> list[Shape]:
    anchor = "middle"
    words: list[Shape] = [
        Label(x, 26, stop.name, "tq" if stop.kind in ("end", "today") else "tb", anchor),
        Label(x, 41, stop.when, "tq", anchor),
    ]
    return [*_sign(stop, x, _Y), *words]


def _sign(stop: Stop, x: float, y: float) -> list[Shape]:
    if stop.kind == "today":
        return [Line(x, y - 9, x, y + 9, "today")]
    if stop.kind == "end":
        return [Circle(x, y, 4.5, "plan" if stop.planned else "fact")]
    return [Circle(x, y, _MARK + 3, "way-halo"), Circle(x, y, _MARK, _css(stop.kind))]


# ---------- upright ----------


def upright(way: Way, width: float = NARROW) -> Drawing:
    """Return the way from top to bottom, a line of words for each stop and for each stretch between two."""
    x, places = 16.0, [14.0]
    days = _days(way)
    inner = [_has_flag(way, at) for at in range(len(days) - 1)]
    least = [40.0 + (36.0 if flag else 0.0) for flag in inner]
    for gap in _gaps(way, least, sum(least) + 8.0 * len(least)) if least else []:
        places.append(places[-1] + gap)
    shapes: list[Shape] = []
    for at, (stop, (top, bottom)) in enumerate(zip(way.stops, pairwise(places), strict=False)):
        css = "run-unknown" if stop.kind in _STATES and stop.days is None else _line_css(stop)
        shapes.append(Line(x, top, x, bottom, css))
        if stop.beside:
            middle = top + 18 if inner[at] else (top + bottom) / 2
            shapes.append(Label(34, middle + 5, stop.beside, "tq"))
    shapes += [Rect(x - 2.5, top, 5, bottom - top, "over-law") for top, bottom in _late(way, places)]
    for stop, y in zip(way.stops, places, strict=False):
        shapes += [*_upright_sign(stop, x, y), Label(34, y + 4, stop.name, _name_css(stop), more=stop.when)]
    foot = places[-1]
    if way.due:
        flag, foot = _upright_flag(way, places, x)
        shapes += flag
    return Drawing(width, max(foot, places[-1]) + 16, tuple(shapes))


def _name_css(stop: Stop) -> str:
    return "tq" if stop.kind in ("end", "today") else "tb"


def _has_flag(way: Way, at: int) -> bool:
    """Return whether the due day falls after this stop and before the next."""
    if way.due is None:
        return False
    days = _days(way)
    earlier = [place for place, day in enumerate(days[:-1]) if day and day <= way.due.due]
    return at == (earlier[-1] if earlier else 0)


def _upright_sign(stop: Stop, x: float, y: float) -> list[Shape]:
    if stop.kind == "today":
        return [Line(x - 9, y, x + 9, y, "today")]
    return _sign(stop, x, y)


def _upright_flag(way: Way, places: Sequence[float], x: float) -> tuple[list[Shape], float]:
    """Return the flag, and its foot. It stands between the words of the stops around it, its pole at its own day."""
    days = _days(way)
    at = next((place for place in range(len(days) - 1) if _has_flag(way, place)), 0)
    assert way.due is not None  # asked by the caller
    y = _at(way.due.due, days, places)
    top = places[at] + 33 if len(places) > 1 else y + 14
    if _ends_after(way):
        top = places[-1] - 11
    css = "due-plan" if way.due.planned else "due"
    said = way.flag(NARROW - 34 - 20)
    width = text_width(said, bold=True) + 18
    pole = Path(((x - 8, y), (x + 10, y), (34, top + 11)), css)
    words = Label(43, top + 15, said, "on-due-plan" if way.due.planned else "on-due")
    return [pole, Rect(34, top, width, 22, f"{css}-flag", 2), words], top + 22
