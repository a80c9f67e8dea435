"""After a poll: when to look at each trial again. The policy is `schedules.cadence`; here it meets the store."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from sqlmodel import Session

from schedules.cadence import AT_LEAST_EVERY, Look, Summary, next_look
from storage import trials
from storage.models import Trial
from tracker.records.dates import earliest

__all__ = ["HORIZON", "look_of", "plan_looks"]

HORIZON = AT_LEAST_EVERY + timedelta(days=2)
"""No look is ever planned further ahead; one that is was planned by a clock that has since been set back."""


def look_of(row: Trial, effective: str, now: datetime, *, data_day: date | None, troubled: bool = False) -> Look:
    """The next look at one trial after one at `now`, with its reason. `effective`: its current version's day, or ""."""
    summary = Summary(
        registry=row.registry_name,
        status=row.status,
        results=row.results,
        changed_on=earliest(effective),
        troubled=troubled,
    )
    return next_look(summary, now, data_day)


def plan_looks(
    session: Session, names: Iterable[str], *, data_timestamp: str | None, troubled: Collection[str], now: datetime
) -> None:
    """Plan the next look at each of these. `data_timestamp` None: the registry did not answer."""
    day = date.fromisoformat(data_timestamp[:10]) if data_timestamp else None
    wanted = list(names)
    days = {trial: head.effective for trial, head in trials.heads(session, wanted).items()}
    looks = {
        row.trial: look_of(row, days.get(row.trial, ""), now, data_day=day, troubled=row.trial in troubled).at
        for row in trials.listing(session, wanted)
    }
    trials.set_next_looks(session, looks)
