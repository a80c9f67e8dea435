"""How the daemon's jobs are doing: when each last succeeded, and since when it does not."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from storage.engine.bulk import storable
from storage.tables.models import JobRow

__all__ = ["every", "failed", "find", "forgive", "started", "stirred", "succeeded"]


def _row(session: Session, name: str) -> JobRow:
    row = session.get(JobRow, name)
    if row is None:
        row = JobRow(name=name)
        session.add(row)
    return row


def started(session: Session, name: str, holder: str, now: datetime) -> None:
    """Note that `holder` has begun the job."""
    row = _row(session, name)
    row.holder, row.started_at = storable(holder), now


def stirred(session: Session, name: str, now: datetime) -> None:
    """Show those who wait for the job that it is at work: its start changes, even when the clock stands still."""
    row = _row(session, name)
    row.started_at = now if now != row.started_at else now + timedelta(microseconds=1)


def succeeded(session: Session, name: str, now: datetime) -> None:
    """Note a success; what failed before is over."""
    row = _row(session, name)
    row.succeeded_at, row.failing_since, row.failures, row.error = now, None, 0, ""


def failed(session: Session, name: str, error: str, now: datetime) -> int:
    """Note a failure; returns how many there were in a row."""
    row = _row(session, name)
    row.failing_since = min(row.failing_since or now, now)  # a clock may have been set back since
    row.failures += 1
    row.error = storable(error)
    return row.failures


def forgive(session: Session) -> None:
    """Take every job for a well one, until it fails again: what failed a process that is gone says nothing of us."""
    session.connection().execute(update(JobRow).values(failing_since=None, failures=0, error=""))


def find(session: Session, name: str) -> JobRow | None:
    return session.get(JobRow, name)


def every(session: Session) -> list[JobRow]:
    """All jobs, by name."""
    return list(session.exec(select(JobRow).order_by(col(JobRow.name))))
