"""When results are due, what was submitted, and how many days late it is. Only dates; `today` is an argument. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from storage.values.states import ResultsState
from tracker.records.dates import RegistryDate, earliest
from tracker.records.trial import Dates
from tracker.results.cycle import CycleStep

__all__ = ["DaysLate", "Due", "Submission", "due_of", "late", "submission_of", "years_later"]

_STANDING = frozenset({ResultsState.SUBMITTED, ResultsState.RETURNED, ResultsState.POSTED})


class Due(NamedTuple):
    """A due day and its origin."""

    #: The due day; None if no date of the record can be read.
    date: dt.date | None
    #: Name of the date in the record from which the term runs; None as above.
    basis: str | None
    #: How the day was computed, in words.
    sentence: str


class Submission(NamedTuple):
    """Results that were submitted and not withdrawn."""

    #: Whether a submission stands; None if the source cannot tell.
    stands: bool | None
    #: Day of the first submission ever; None if not known.
    first: dt.date | None = None
    #: Day of the first submission after the last cancellation; equal to `first` without one. None if not known.
    again: dt.date | None = None


class DaysLate(NamedTuple):
    """Days late by the generous reading (first submission) and the strict one (after a cancellation), or None."""

    generous: int | None = None
    strict: int | None = None


def years_later(day: dt.date, years: int) -> dt.date | None:
    """Return the same calendar day `years` later (28 February for a missing 29th), or None beyond the year 9999."""
    if day.year + years > dt.MAXYEAR:
        return None
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def due_of(dates: Dates, basis: Sequence[str], years: int) -> Due:
    """Return the due day, counted from the first readable date of `basis` (names of fields in `Dates`)."""
    missed: list[str] = []
    for name in basis:
        date: RegistryDate | None = getattr(dates, name)
        if date is not None and date.last is not None:
            # A month counts to its last day: the reading that favours the sponsor.
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
    """Return what stands, by the current state and the whole cycle in order.

    A return by quality control withdraws nothing. A cancellation does.
    """
    if state is None:
        return Submission(None)
    if state not in _STANDING:
        return Submission(False)
    return Submission(True, _earliest(_submitted(steps)), _after_cancellation(steps))


def _after_cancellation(steps: Sequence[CycleStep]) -> dt.date | None:
    """Return the day of the first submission after the last cancellation. On one day, the order of steps decides.

    After posting, the registry shows only the first submission. It may then come last in `steps`, but it is not new:
    its day is before that of the cancellation.
    """
    places = [place for place, step in enumerate(steps) if step.event == ResultsState.CANCELLED]
    if not places:
        return _earliest(_submitted(steps))
    before, cancelled, later = steps[: places[-1]], steps[places[-1]], steps[places[-1] + 1 :]
    # A cancellation on an unknown day cannot be earlier than the last submission before it.
    last = earliest(cancelled.date) if cancelled.date else max(_submitted(before), default=None)
    return _earliest([day for day in _submitted(later) if last is None or day >= last])


def _submitted(steps: Sequence[CycleStep]) -> list[dt.date]:
    days = (earliest(step.date) for step in steps if step.event == ResultsState.SUBMITTED and step.date)
    return [day for day in days if day is not None]


def _earliest(days: Sequence[dt.date]) -> dt.date | None:
    return min(days, default=None)


def late(due: dt.date | None, submission: Submission, today: dt.date, grace_days: int) -> DaysLate:
    """Return the days late: of the submission if one stands, else of `today`, once the grace days have passed."""
    if due is None or submission.stands is None:
        return DaysLate()
    if submission.stands:
        return DaysLate(_days(due, submission.first), _days(due, submission.again))
    days = _days(due, today)
    return DaysLate(days, days) if days is not None and days > grace_days else DaysLate()


def _days(due: dt.date, day: dt.date | None) -> int | None:
    return (day - due).days if day is not None and day > due else None
