"""When to check each trial again after a poll: the policy of `schedules.cadence`, applied to the store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlmodel import Session

from schedules.cadence import AT_LEAST_EVERY
from storage.values.batches import batches, sorted_once
from storage.versions import trials
from tracker.polling.planning.planned_check import next_check_of

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
            trial.trial: next_check_of(trial, now, data_day=day, troubled=trial.trial in troubled).at
            for trial in trials.outlooks(session, some)
        }
        trials.set_next_checks(session, checks)
