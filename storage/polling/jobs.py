"""The state of the daemon's jobs: when each last succeeded, and since when it fails."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session

from storage.engine.bulk import storable
from storage.tables.models import JobRow

__all__ = ["failed", "find", "forgive", "started", "stirred", "succeeded"]


def _row(session: Session, name: str) -> JobRow:
    row = session.get(JobRow, name)
    if row is None:
        row = JobRow(name=name)
        session.add(row)
    return row


def started(session: Session, name: str, holder: str, now: datetime) -> None:
    """Record that `holder` has begun the job."""
    row = _row(session, name)
    row.holder, row.started_at = storable(holder), now


def stirred(session: Session, name: str, now: datetime) -> None:
    """Show that the job makes progress, by a new start time. It changes even if the clock stands still."""
    row = _row(session, name)
    row.started_at = now if now != row.started_at else now + timedelta(microseconds=1)


def succeeded(session: Session, name: str, now: datetime) -> None:
    """Record a success, which ends a series of failures."""
    row = _row(session, name)
    row.succeeded_at, row.failing_since, row.failures, row.error = now, None, 0, ""


def failed(session: Session, name: str, error: str, now: datetime) -> int:
    """Record a failure. Return the number of failures in a row."""
    row = _row(session, name)
    row.failing_since = min(row.failing_since or now, now)  # the clock may have been set back since
    row.failures += 1
    row.error = storable(error)
    return row.failures


def forgive(session: Session) -> None:
    """Forget the failures of all jobs. Those of a process that has ended say nothing about this one."""
    session.connection().execute(update(JobRow).values(failing_since=None, failures=0, error=""))


def find(session: Session, name: str) -> JobRow | None:
    return session.get(JobRow, name)
