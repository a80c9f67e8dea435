"""When to check a trial next, and why. A pure policy over a small frozen summary. Reasons are shown to people.

A check is cheap: one request for 200 trials, and one for all when nothing is new. So a trial with something pending is
checked with every new data set. Unposted results may arrive any day, even years after the last change. A trial that
has been quiet for long and has no results due is checked less often, but at least once a week.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from schedules.calendars import Calendar

__all__ = [
    "AT_LEAST_EVERY",
    "NOT_READ",
    "SEARCH_AT_LEAST_EVERY",
    "UNKNOWN",
    "UNREAD_FOR",
    "NextCheck",
    "Summary",
    "next_check",
    "next_search",
    "unknown_trial_delay",
]

AT_LEAST_EVERY = timedelta(days=7)
UNREAD_FOR = AT_LEAST_EVERY + timedelta(days=2)
"""A trial that was not read for longer is late: each is read in full once a week."""
QUIET_AFTER = timedelta(days=365)
"""A trial without a change for this long is quiet."""
QUIET_DAYS = 3
"""A quiet trial is checked at most on every third publication."""
AGAIN_AFTER = timedelta(minutes=30)
"""Retry delay after a poll that could not read the trial. The host's own pauses may make it longer."""
UNKNOWN_AFTER = timedelta(days=1)
"""First retry delay for an id that the registry does not know. It may be about to be registered."""
UNKNOWN_LATER = timedelta(days=7)
"""Later retry delay for an unknown id. Most of these are typing errors."""
LATE_AFTER = timedelta(hours=1)
"""Retry delay when a data set is not out at its usual hour."""
SEARCH_AT_LEAST_EVERY = timedelta(days=7)
"""Interval of searches that take many requests and whose answer changes slowly."""
_SEARCH_REST = timedelta(days=1)
NOT_READ = "the last poll could not read it"
"""Reason for a check soon after a failed one."""
UNKNOWN = "the registry does not know it"
"""Reason for a late check."""

_MOVING = frozenset({"RECRUITING", "NOT_YET_RECRUITING", "ENROLLING_BY_INVITATION", "SUSPENDED", "AVAILABLE"})
_PENDING = frozenset({"submitted", "returned", "cancelled"})
_OVER = frozenset({"ACTIVE_NOT_RECRUITING", "COMPLETED", "TERMINATED", "TRANSITIONED", "UNKNOWN"})
"""Enrollment has ended, as far as we know. Results are what comes next."""


class Summary(NamedTuple):
    """The facts of a trial that decide its next check."""

    #: When its registry publishes; None for a registry that is checked once a day.
    calendar: Calendar | None
    #: Code of the recruitment status; empty if not known.
    status: str
    #: Code of the results state; None if not known.
    results: str | None
    #: Day on which the current version took effect.
    changed_on: date | None
    #: The last poll could not read the trial.
    troubled: bool = False
    #: Polls in a row, each of a different data set, that did not find the trial. 0 once it has been read.
    unknown: int = 0


class NextCheck(NamedTuple):
    """The next check: not before `at`, because of `reason`."""

    at: datetime
    reason: str


def next_check(trial: Summary, now: datetime, data_day: date | None) -> NextCheck:
    """Return the next check of a trial that was checked at `now`: later than `now`, at most a week later.

    `data_day` is the day of the data set that was just read, or None if the registry did not answer.
    """
    calendar = trial.calendar
    if trial.troubled or data_day is None:
        return NextCheck(now + AGAIN_AFTER, NOT_READ)
    # Before the test for a late data set, because an unknown id is not worth a request every hour.
    if trial.unknown:
        return NextCheck(now + unknown_trial_delay(trial.unknown), UNKNOWN)
    if calendar and data_day < calendar.last_day(now):
        return NextCheck(now + LATE_AFTER, "the registry has not published yet")
    publication = calendar.next_publication(now) if calendar else now + timedelta(days=1)
    reason = _reason_to_hurry(trial, now)
    if reason:
        return NextCheck(publication, reason)
    later = _skip(calendar, now, QUIET_DAYS) if calendar else now + timedelta(days=QUIET_DAYS)
    return NextCheck(min(later, now + AT_LEAST_EVERY), "quiet for more than a year")


def unknown_trial_delay(times: int) -> timedelta:
    """Return the delay for an id that the registry did not know `times` times in a row (at least 1)."""
    return UNKNOWN_AFTER if times == 1 else UNKNOWN_LATER


def next_search(
    calendar: Calendar | None, now: datetime, data_day: date | None, *, hurry: bool, failures: int = 0
) -> datetime:
    """Return when to repeat a search that was made at `now`: later than `now`, at most ten days later.

    `hurry` repeats it with every publication. Use it for a search of one or a few requests. `data_day` is the same as
    for `next_check`. It is None if the search failed for the `failures`th time in a row. Each failure doubles the
    pause, up to one day.
    """
    if data_day is None:
        return now + min(AGAIN_AFTER * (1 << min(max(failures, 1) - 1, 10)), _SEARCH_REST)
    if hurry and calendar and data_day < calendar.last_day(now):
        return now + LATE_AFTER
    day = timedelta(days=1)
    after = now if hurry else now + SEARCH_AT_LEAST_EVERY - day
    return calendar.next_publication(after) if calendar else after + day


def _reason_to_hurry(trial: Summary, now: datetime) -> str:
    if trial.results in _PENDING:
        return f"results are {trial.results}"
    if trial.status in _MOVING:
        return f"the trial is {trial.status.replace('_', ' ').lower()}"
    if trial.changed_on is None or now.date() - trial.changed_on < QUIET_AFTER:
        return "it changed within the last year"
    # Only where one request tells whether anything is new. Elsewhere each check costs several pages per trial.
    if trial.status in _OVER and trial.results in (None, "none") and trial.calendar:
        return "its results are not posted"
    return ""


def _skip(calendar: Calendar, now: datetime, publications: int) -> datetime:
    at = now
    for _ in range(publications):
        at = calendar.next_publication(at)
    return at
