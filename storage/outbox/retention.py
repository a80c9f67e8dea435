"""Delete what a store may forget if the settings say so. Never a version, a document, an event or a pending message.

Documents, versions and events prove each other. A store without the oldest ones could not be verified. No hash covers
what is deleted here: quarantined bytes that could be read since, and the details of old runs.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session

from storage.engine.bulk import table_of
from storage.tables.models import QuarantineRow, RunRow
from storage.values.states import RunOutcome

__all__ = ["forget"]

_KEPT = (RunOutcome.HELD, RunOutcome.RUNNING)
"""Runs that a person must still look at, or that are under way."""


def forget(session: Session, before: datetime) -> int:
    """Delete what was settled before an instant. Return the number of rows."""
    quarantine, run = table_of(QuarantineRow), table_of(RunRow)
    gone = session.connection().execute(delete(quarantine).where(quarantine.c.cleared_at < before)).rowcount
    old = run.c.finished_at < before, run.c.outcome.not_in(_KEPT), run.c.detail != "{}"
    return gone + session.connection().execute(update(run).where(*old).values(detail="{}")).rowcount
