"""Which milestones a trial has reached: start, primary completion, completion. Pure.

A date alone proves nothing: an estimated date passes and the trial still recruits. A milestone is reached if its date
is ACTUAL, or if the status of the trial says so. A date without a type counts as an estimate. Start dates had no type
before 2017, and the status of such a record then decides.
"""

from __future__ import annotations

import datetime as dt

from tracker.records.dates import RegistryDate
from tracker.records.trial import TrialRecord

__all__ = ["MILESTONES", "milestone", "not_begun"]

MILESTONES = (
    "after the start",
    "after withdrawal",
    "after primary completion",
    "after termination",
    "after completion",
)
"""How milestones are named, in the order of a trial's life."""

_BEGUN = {
    "RECRUITING": "participants are looked for, so the trial is open",
    "ENROLLING_BY_INVITATION": "participants of a chosen population are enrolled",
    "ACTIVE_NOT_RECRUITING": "participants are treated or examined",
    "SUSPENDED": "it halted early and may go on: it had begun",
    "ONGOING": "the EU register's word for a trial that runs in a country",
}
"""Statuses that say that a trial has begun, and no more, each with the reason."""
_OVER = {
    "COMPLETED": "after completion",  # ended normally: no participant is examined or treated any more
    "TERMINATED": "after termination",  # stopped early for good: it ended, but its planned end was not reached
    "WITHDRAWN": "after withdrawal",  # stopped before its first participant: it never began and never will
}
"""Statuses that say that a trial is over, and the name of that milestone."""
_NOT_BEGUN = frozenset({"NOT_YET_RECRUITING"})
"""For every other status (withheld, transitioned, expanded access, unknown words), the dates decide.
UNKNOWN stands for the status it replaced: the registry sets it if a record was not verified in time.
"""


def milestone(record: TrialRecord, day: dt.date) -> str | None:
    """Return the last milestone that `record` shows as reached before `day`, such as ``after completion``, or None."""
    status = _status(record)
    dates = record.dates
    if status == "WITHDRAWN":
        return _OVER[status]  # even if its dates say otherwise: a trial that never began completed nothing
    if _reached(dates.completion, day):
        return "after completion"
    # A terminated trial may have reached primary completion before. That is the later fact for its outcomes.
    if status in _OVER and not (status == "TERMINATED" and _reached(dates.primary_completion, day)):
        return _OVER[status]
    if _reached(dates.primary_completion, day):
        return "after primary completion"
    begun = status in _BEGUN and not _to_come(dates.start, day)
    return "after the start" if begun or _reached(dates.start, day) else None


def not_begun(record: TrialRecord, day: dt.date) -> bool:
    """Return whether the record says that the trial had not begun by `day`, by its status or by a later start."""
    start = record.dates.start
    return _status(record) in _NOT_BEGUN or bool(start and start.first and start.first >= day)


def _to_come(date: RegistryDate | None, day: dt.date) -> bool:
    """Return whether an ACTUAL date is not before `day`. Such a date is more precise than a status."""
    return bool(date and date.type == "ACTUAL" and date.first and date.first >= day)


def _status(record: TrialRecord) -> str:
    if record.status == "UNKNOWN" and record.last_known_status:
        return record.last_known_status
    return record.status


def _reached(date: RegistryDate | None, day: dt.date) -> bool:
    """Return whether an ACTUAL date lies before `day`. A month counts only when it has ended."""
    return date is not None and date.type == "ACTUAL" and date.last is not None and date.last < day
