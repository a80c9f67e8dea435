"""The numbers of a time frame: "Baseline, Week 12" and "12 weeks" say the same, "24 weeks" does not.

What is said without numbers ("end of study") is not compared: the words do not tell whether it is another time.
A number without a unit is left out, because it is as often a date, a dose or the number of a visit.
"""

from __future__ import annotations

import re

from tracker.records.text import compared

__all__ = ["Days", "all_kept", "days_of", "likeness"]

Days = frozenset[float]
"""Times in days after the start."""

_HOUR, _WEEK, _MONTH, _YEAR = 1 / 24, 7.0, 30.4375, 365.25
_UNITS = {
    "minute": _HOUR / 60, "min": _HOUR / 60, "hour": _HOUR, "hr": _HOUR, "h": _HOUR, "day": 1.0, "d": 1.0,
    "week": _WEEK, "wk": _WEEK, "month": _MONTH, "mo": _MONTH, "year": _YEAR, "yr": _YEAR, "y": _YEAR,
}  # fmt: skip
_NUMBERS = dict(
    zip("one two three four five six seven eight nine ten eleven twelve".split(), map(str, range(1, 13)), strict=True)
)
_TOKEN = re.compile(r"\d{1,6}(?:\.\d{1,3})?|[^\W\d_]+|[();]")
_BETWEEN = frozenset(("and", "or", "to", "through", "st", "nd", "rd", "th"))
_NEAR = 0.035
"""Two times are the same if they differ by no more than this part: 52 weeks and 1 year, 6 months and 26 weeks."""


def days_of(time_frame: str | None) -> Days:
    """Return the times that are given with a unit. The start itself (day 0) is left out: it is always there."""
    found: set[float] = set()
    waiting: list[float] = []  # numbers whose unit is yet to come: 6 and 12 weeks
    unit: float | None = None  # the unit of the numbers to come: weeks 6 and 12
    for token in _TOKEN.findall(compared(time_frame or "").casefold()):
        number = _NUMBERS.get(token, token)
        days = _UNITS.get(token) or _UNITS.get(token.removesuffix("s"))
        if number[0].isdecimal() and unit is not None:
            found.add(float(number) * unit)
        elif number[0].isdecimal():
            waiting.append(float(number))
        elif days is not None:
            found.update(number * days for number in waiting)
            unit, waiting = (None if waiting else days), []
        elif token not in _BETWEEN:
            unit, waiting = None, []
    return frozenset(days for days in found if days)


def all_kept(before: Days, after: Days) -> bool:
    """Return whether each time in `before` is also in `after`. True if one of them has none: nothing is known then."""
    return not before or not after or all(any(_near(one, other) for other in after) for one in before)


def likeness(first: Days, second: Days) -> float:
    """Return how much of the shorter list is in the other one: 0 to 1. 0.5 if one of them has none."""
    if not first or not second:
        return 0.5
    fewer, more = sorted((first, second), key=len)
    return sum(any(_near(one, other) for other in more) for one in fewer) / len(fewer)


def _near(first: float, second: float) -> bool:
    return abs(first - second) <= _NEAR * max(first, second)
