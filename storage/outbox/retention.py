"""What a store may forget when it is told to. Never a version, a document of one, an event, or a message on its way.

Documents, versions and events are one proof together: a store that forgot the oldest could not be verified any more.
What goes here no hash covers: quarantined bytes that could be read since, and what a run said beside its figures.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session

from storage.engine.bulk import table_of
from storage.tables.models import QuarantineRow, RunRow

__all__ = ["forget"]

_KEPT = ("held", "running")
"""Runs that somebody still has to look at, or that are under way."""


def forget(session: Session, before: datetime) -> int:
    """Forget what was settled before an instant; returns how many rows that was."""
    quarantine, run = table_of(QuarantineRow), table_of(RunRow)
    gone = session.connection().execute(delete(quarantine).where(quarantine.c.cleared_at < before)).rowcount
    old = run.c.finished_at < before, run.c.outcome.not_in(_KEPT), run.c.detail != "{}"
    return gone + session.connection().execute(update(run).where(*old).values(detail="{}")).rowcount
