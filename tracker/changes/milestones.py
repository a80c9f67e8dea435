"""Which milestones of a trial's life are facts: begun, primary completion, completion. Pure.

A date alone is no fact: an estimate passes and the trial still recruits. A milestone is reached when its date is
ACTUAL, or when the trial's status says so. A date without a type counts as an estimate: start dates had no type before
2017, and the status of such a record tells what the date leaves open.
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
"""How they are said, in the order of a trial's life."""

_BEGUN = {
    "RECRUITING": "participants are looked for, so the trial is open",
    "ENROLLING_BY_INVITATION": "participants of a chosen population are enrolled",
    "ACTIVE_NOT_RECRUITING": "participants are treated or examined",
    "SUSPENDED": "it halted early and may go on: it had begun",
    "ONGOING": "the EU register's word for a trial that runs in a country",
}
"""Statuses that say a trial has begun, and no more; each with the reason."""
_OVER = {
    "COMPLETED": "after completion",  # ended normally: no participant is examined or treated any more
    "TERMINATED": "after termination",  # stopped early for good: it ended, but its planned end is no fact
    "WITHDRAWN": "after withdrawal",  # stopped before its first participant: it never began and never will
}
"""Statuses that say a trial is over, and how that is said."""
_NOT_BEGUN = frozenset({"NOT_YET_RECRUITING"})
"""Every other status (withheld, transitioned, those of expanded access, words not known here) leaves it to the dates.
UNKNOWN stands for the status it replaced: the registry sets it when a record was not verified in time.
"""


def milestone(record: TrialRecord, day: dt.date) -> str | None:
    """The last milestone that `record` says was reached before `day`, as ``after completion``; None for none."""
    status = _status(record)
    dates = record.dates
    if status == "WITHDRAWN":
        return _OVER[status]  # whatever its dates say: a trial that never began completed nothing
    if _reached(dates.completion, day):
        return "after completion"
    if status in _OVER and not (status == "TERMINATED" and _reached(dates.primary_completion, day)):
        return _OVER[status]
    if _reached(dates.primary_completion, day):
        return "after primary completion"
    begun = status in _BEGUN and not _to_come(dates.start, day)
    return "after the start" if begun or _reached(dates.start, day) else None


def not_begun(record: TrialRecord, day: dt.date) -> bool:
    """Whether the record says that the trial had not begun by `day`: by its status, or by a start still to come."""
    start = record.dates.start
    return _status(record) in _NOT_BEGUN or bool(start and start.first and start.first >= day)


def _to_come(date: RegistryDate | None, day: dt.date) -> bool:
    """Whether an ACTUAL day is none before `day`: it is more precise than a status is."""
    return bool(date and date.type == "ACTUAL" and date.first and date.first >= day)


def _status(record: TrialRecord) -> str:
    if record.status == "UNKNOWN" and record.last_known_status:
        return record.last_known_status
    return record.status


def _reached(date: RegistryDate | None, day: dt.date) -> bool:
    """Whether this is the day something happened, before `day`. A month that has not ended may still lie ahead."""
    return date is not None and date.type == "ACTUAL" and date.last is not None and date.last < day
