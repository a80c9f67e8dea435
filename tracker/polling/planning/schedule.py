"""When to check each trial again after a poll: the policy of `schedules.cadence`, applied to the store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlmodel import Session

from schedules.cadence import AT_LEAST_EVERY, NextCheck, Summary, next_check
from storage.values.batches import batches, sorted_once
from storage.values.outlook import Outlook
from storage.versions import trials
from tracker.records.dates import earliest
from tracker.registries.listed import calendar_of

__all__ = ["HORIZON", "plan_checks"]

_AT_ONCE = 1_000
HORIZON = AT_LEAST_EVERY + timedelta(days=2)
"""No check is planned further ahead than this. If one is, the clock has been set back since it was planned."""


def plan_checks(
    session: Session, names: Sequence[str], *, data_timestamp: str | None, troubled: Collection[str], now: datetime
) -> None:
    """Plan the next check of each of these. `data_timestamp` is None if the registry did not answer."""
    day = date.fromisoformat(data_timestamp[:10]) if data_timestamp else None
    # Few at a time, in the order in which all writers update trials: memory does not grow with their number.
    for some in batches(sorted_once(names), _AT_ONCE):
        checks = {
            trial.trial: _next_check(trial[1:], now, day, trial.trial in troubled)
            for trial in trials.outlooks(session, some)
        }
        trials.set_next_checks(session, checks)


@lru_cache(maxsize=4096)
def _next_check(others: tuple[Any, ...], now: datetime, data_day: date | None, troubled: bool) -> NextCheck:
    # `others`: the values of an outlook but its trial. Thousands of trials that one poll has read have the same.
    outlook = Outlook("", *others)
    summary = Summary(
        calendar=calendar_of(outlook.registry_name),
        status=outlook.status,
        results=outlook.results,
        changed_on=earliest(outlook.effective),
        troubled=troubled,
        unknown=outlook.unknown,
    )
    return next_check(summary, now, data_day)
