"""Delete old messages from the outbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from storage.outbox import queries

__all__ = ["KEEP_MESSAGES", "purge"]

KEEP_MESSAGES = timedelta(days=90)
"""How long sent and dead messages can be inspected."""


def purge(session: Session, now: datetime, *, dead: bool = False) -> int:
    """Delete messages that were sent or died long ago, with `dead` all dead ones. Return how many."""
    deleted = queries.clear_old(session, now - KEEP_MESSAGES)
    return deleted + queries.purge(session) if dead else deleted
