"""After a poll: when to look at each trial again. The policy is `schedules.cadence`; here it meets the store."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from sqlmodel import Session

from schedules.cadence import AT_LEAST_EVERY, IN_VAIN, Look, Summary, next_look
from storage import trials
from storage.models import Trial
from tracker.records.dates import earliest

__all__ = ["HORIZON", "look_of", "plan_looks", "planned_look"]

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


def planned_look(row: Trial, effective: str, now: datetime) -> Look | None:
    """The look that is planned, and why: planned from what the row still says, or else after a look in vain.

    None before the first look.
    """
    if row.next_look_at is None:
        return None
    day = date.fromisoformat(row.mark[:10]) if row.mark else None
    seen = row.last_checked_at or now
    likely = look_of(row, effective, seen, data_day=day)
    return likely if likely.at == row.next_look_at else Look(row.next_look_at, IN_VAIN)


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
