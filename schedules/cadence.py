"""When to look at a trial again, and why. A pure policy over a small frozen summary; the reasons are meant to be read.

A look is cheap (one request for 200 trials, and one for all when nothing is new), so whoever waits for something is
looked at with every new data set: results that are not posted may come any day, also years after the last change. What
has been quiet for long and owes nothing is looked at less often, and nothing less than weekly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from schedules.calendars import Calendar

__all__ = [
    "AT_LEAST_EVERY",
    "IN_VAIN",
    "SEARCH_AT_LEAST_EVERY",
    "UNKNOWN",
    "NextCheck",
    "Summary",
    "next_check",
    "next_search",
    "unknown_trial_delay",
]

AT_LEAST_EVERY = timedelta(days=7)
QUIET_AFTER = timedelta(days=365)
"""A trial without a change for so long is quiet …"""
QUIET_DAYS = 3
"""… and is looked at every third day at most."""
AGAIN_AFTER = timedelta(minutes=30)
"""What could not be read is tried again so soon; the host's own pauses may make it later."""
UNKNOWN_AFTER = timedelta(days=1)
"""An id the registry does not know is asked for again so late the first time, for it may be about to be registered …"""
UNKNOWN_LATER = timedelta(days=7)
"""… and from then on so seldom: most are typing errors."""
LATE_AFTER = timedelta(hours=1)
"""A data set that is not out at its usual hour is looked for so often."""
SEARCH_AT_LEAST_EVERY = timedelta(days=7)
"""A search that takes many requests and whose answer moves slowly is made so often."""
_SEARCH_REST = timedelta(days=1)
IN_VAIN = "the last look could not read it"
"""The reason for looking again soon."""
UNKNOWN = "the registry does not know it"
"""The reason for looking again late."""

_MOVING = frozenset({"RECRUITING", "NOT_YET_RECRUITING", "ENROLLING_BY_INVITATION", "SUSPENDED", "AVAILABLE"})
_PENDING = frozenset({"submitted", "returned", "cancelled"})
_OVER = frozenset({"ACTIVE_NOT_RECRUITING", "COMPLETED", "TERMINATED", "TRANSITIONED", "UNKNOWN"})
"""Nobody is taken in any more, as far as is known: results are what comes next."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What of a trial its next look depends on.

    `calendar`: when its registry publishes; None for one that is looked at once a day. `status` and `results` are
    codes, empty or None when not known. `changed_on`: the day its current version took effect. `troubled`: the last
    look could not read it. `unknown`: how many looks in a row, each at other data, found that the registry does not
    know it, and never read it before; 0 for a trial that was read.
    """

    calendar: Calendar | None
    status: str
    results: str | None
    changed_on: date | None
    troubled: bool = False
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class NextCheck:
    """The next look: not before `at`, because of `reason`."""

    at: datetime
    reason: str


def next_check(trial: Summary, now: datetime, data_day: date | None) -> NextCheck:
    """The next look at a trial after one at `now`. Always later than `now`, and at most a week later.

    `data_day`: the day of the registry's data that was just read; None when the registry did not answer.
    """
    calendar = trial.calendar
    if trial.troubled or data_day is None:
        return NextCheck(now + AGAIN_AFTER, IN_VAIN)
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
    """How long an id is left alone that the registry did not know so many times in a row (one at least)."""
    return UNKNOWN_AFTER if times == 1 else UNKNOWN_LATER


def next_search(
    calendar: Calendar | None, now: datetime, data_day: date | None, *, hurry: bool, failures: int = 0
) -> datetime:
    """When to search for a set of trials again after a search at `now`; later than it, and in ten days at most.

    `hurry`: with every publication, for a search that is one request or a few. `data_day`: as for `next_check`; None
    when the search failed, for the `failures`th time in a row: each time the pause is twice as long, up to a day.
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
    # Only where one request says whether there is anything new: elsewhere each trial costs its pages.
    if trial.status in _OVER and trial.results in (None, "none") and trial.calendar:
        return "its results are not posted"
    return ""


def _skip(calendar: Calendar, now: datetime, publications: int) -> datetime:
    at = now
    for _ in range(publications):
        at = calendar.next_publication(at)
    return at
