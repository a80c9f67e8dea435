"""Note for a reader of `changes --new` what was shown."""

from __future__ import annotations

from sqlmodel import Session

from storage.versions import history
from tracker.services.changes.changes import ChangeReader

__all__ = ["mark_shown"]


def mark_shown(session: Session, reader: ChangeReader, seq: int) -> None:
    """Note what was shown. Call this after the output: a change that could not be printed was not shown."""
    history.mark_shown(session, reader.question, seq)
