"""When results are due, what stands of them, and how many days late they are. Dates alone; `today` is an argument."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from tracker.records.dates import RegistryDate, earliest
from tracker.records.trial import Dates
from tracker.results.cycle import CycleStep

__all__ = ["DaysLate", "Due", "Submission", "due_of", "late", "submission_of", "years_later"]

_STANDING = frozenset({"submitted", "returned", "posted"})


class Due(NamedTuple):
    """`date` and `basis` are None when no date of the record can be read; `said` tells how it was come by."""

    date: dt.date | None
    basis: str | None
    said: str


class Submission(NamedTuple):
    """What was handed in and not withdrawn. `stands` is None when the source cannot tell.

    `first`: the first submission ever; `again`: the first after the last cancellation, the same when there was none,
    None when its day is not known.
    """

    stands: bool | None
    first: dt.date | None = None
    again: dt.date | None = None


class DaysLate(NamedTuple):
    """Days late by the generous and by the strict reading; None unless late."""

    generous: int | None = None
    strict: int | None = None


def years_later(day: dt.date, years: int) -> dt.date | None:
    """The same calendar day, 28 February for a 29th that year lacks; None beyond the calendar's end."""
    if day.year + years > dt.MAXYEAR:
        return None
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def due_of(dates: Dates, basis: Sequence[str], years: int) -> Due:
    """The due day, from the first date of `basis` (names in `Dates`) that can be read as one."""
    missed: list[str] = []
    for name in basis:
        date: RegistryDate | None = getattr(dates, name)
        if date is not None and date.last is not None:
            return Due(years_later(date.last, years), name, _said(name, date, years, missed))
        missed.append(f"no {_words(name)} date" if date is None else f"no {_words(name)} date that can be read")
    return Due(None, None, f"the record gives {' and '.join(missed)}, so no due date can be told")


def _said(name: str, date: RegistryDate, years: int, missed: Sequence[str]) -> str:
    term = "one year" if years == 1 else f"{years} years"
    read = "" if date.precision == "day" else f", read as {date.last}"
    kind = " (estimated)" if date.type == "ESTIMATED" else ""
    instead = f"; the record gives {missed[0]}, so the {_words(name)} date is used" if missed else ""
    return f"{term} after {_words(name)} {date.date}{read}{kind}{instead}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def submission_of(state: str | None, steps: Sequence[CycleStep]) -> Submission:
    """What stands, from the state now and the whole cycle in order. A return withdraws nothing; a cancellation does."""
    if state is None:
        return Submission(None)
    if state not in _STANDING:
        return Submission(False)
    return Submission(True, _earliest(_submitted(steps)), _after_cancellation(steps))


def _after_cancellation(steps: Sequence[CycleStep]) -> dt.date | None:
    """The first submission after the last cancellation; on one day the order of the steps decides.

    Once posted, the registry tells the first submission alone, which then may stand last: it is no new one.
    """
    places = [place for place, step in enumerate(steps) if step.event == "cancelled"]
    if not places:
        return _earliest(_submitted(steps))
    before, cancelled, later = steps[: places[-1]], steps[places[-1]], steps[places[-1] + 1 :]
    last = earliest(cancelled.date) if cancelled.date else max(_submitted(before), default=None)
    return _earliest([day for day in _submitted(later) if last is None or day >= last])


def _submitted(steps: Sequence[CycleStep]) -> list[dt.date]:
    days = (earliest(step.date) for step in steps if step.event == "submitted" and step.date)
    return [day for day in days if day is not None]


def _earliest(days: Sequence[dt.date]) -> dt.date | None:
    return min(days, default=None)


def late(due: dt.date | None, standing: Submission, today: dt.date, grace_days: int) -> DaysLate:
    """Days late: of what stands, by its day; of nothing, by today once the grace has passed."""
    if due is None or standing.stands is None:
        return DaysLate()
    if standing.stands:
        return DaysLate(_days(due, standing.first), _days(due, standing.again))
    days = _days(due, today)
    return DaysLate(days, days) if days is not None and days > grace_days else DaysLate()


def _days(due: dt.date, day: dt.date | None) -> int | None:
    return (day - due).days if day is not None and day > due else None
