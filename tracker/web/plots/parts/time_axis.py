"""One scale for days, shared by the plots over the years. Pure.

A date may be a month or a year. Where one day of it is drawn, it is the last for a date of the trial, as the terms of
the rules are counted, and the first for the day on which a record said something.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from tracker.web.plots.parts.drawing import NARROW, WIDE, Label, Line, Shape, text_width
from tracker.web.plots.parts.words import day_words

__all__ = ["DayRange", "Tick", "TimeAxis", "day_range", "narrow_axis", "today_line", "wide_axis"]

_GUTTER, _MARGIN = 92.0, 7.0
"""Room left of a wide axis for names, and beside every axis for marks that stand at its end."""
_SHORTEST = 45
_MONTHLY = 730
"""Up to so many days, the ticks are months."""
_YEAR_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24)
_LAST = dt.date.max.toordinal()


class DayRange(msgspec.Struct, frozen=True):
    """The first and the last day of an axis."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        return (self.last - self.first).days


def day_range(days: Iterable[dt.date]) -> DayRange | None:
    """Return a range with all these days and some room beside them. None without a day.

    It begins with the year of its first day if that takes little room, so that the year is named.
    """
    known = sorted(day.toordinal() for day in days)
    if not known:
        return None
    low, high = known[0], max(known[-1], known[0] + _SHORTEST)
    room = max(7, (high - low) // 30)
    year = dt.date.fromordinal(low).replace(month=1, day=1).toordinal()
    first = year if low - year <= (high - low) // 6 else max(low - room, 1)
    last = min(high + room, _LAST)
    return DayRange(dt.date.fromordinal(min(first, last - _SHORTEST)), dt.date.fromordinal(last))


class Tick(NamedTuple):
    """A day on the axis, its place and its words."""

    day: dt.date
    x: float
    words: str


class TimeAxis(msgspec.Struct, frozen=True):
    """A scale of days from `left` to `right`, in units."""

    days: DayRange
    left: float
    right: float

    @property
    def is_wide(self) -> bool:
        return self.left >= _GUTTER

    def at(self, day: dt.date) -> float:
        """Return the place of a day. Days outside of the range are at its ends."""
        share = (day - self.days.first).days / self.days.days
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def ticks(self) -> list[Tick]:
        """Return the years or months to name, as many as have room."""
        monthly = self.days.days <= _MONTHLY
        steps = _MONTH_STEPS if monthly else tuple(12 * step for step in _YEAR_STEPS)
        words = (text_width("May 2026") if monthly else text_width("2026")) + 14
        room = (self.right - self.left) / self.days.days * 30.4
        step = next((step for step in steps if step * room >= words), steps[-1])
        return [
            Tick(day, self.at(day), day_words(day.isoformat()[: 7 if monthly else 4])) for day in self._starts(step)
        ]

    def _starts(self, months: int) -> Iterable[dt.date]:
        """Yield the first days of months within the range, each so many months after the one before."""
        at = (self.days.first.year * 12 + self.days.first.month - 1) // months * months
        while at // 12 <= self.days.last.year and at // 12 <= dt.MAXYEAR:
            if at >= 12 and self.days.first <= (day := dt.date(at // 12, at % 12 + 1, 1)) <= self.days.last:
                yield day
            at += months

    def grid(self, bottom: float) -> list[Shape]:
        """Return a line for each tick from the top down to `bottom`, with its words at its foot."""
        found: list[Shape] = []
        for tick in self.ticks():
            found.append(Line(tick.x, 0, tick.x, bottom, "grid"))
            label = Label(tick.x + 4, bottom, tick.words, "tq")
            if label.box.right <= self.right + _MARGIN:
                found.append(label)
        return found


def wide_axis(days: DayRange) -> TimeAxis:
    """Return the axis of a wide drawing, right of the names."""
    return TimeAxis(days, _GUTTER, WIDE - _MARGIN)


def narrow_axis(days: DayRange) -> TimeAxis:
    return TimeAxis(days, _MARGIN, NARROW - _MARGIN)


def today_line(axis: TimeAxis, today: dt.date, bottom: float) -> list[Shape]:
    """Return the dotted line of today, if the axis reaches it."""
    if not axis.days.first <= today <= axis.days.last:
        return []
    return [Line(axis.at(today), 0, axis.at(today), bottom, "today")]
