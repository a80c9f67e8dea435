"""Write and delete notes on trials: what a user wrote about them, and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from storage.engine.bulk import batches, storable
from storage.tables.models import NoteRow

__all__ = ["add", "remove"]


def add(session: Session, trial: str, text: str, now: datetime) -> NoteRow:
    """Write a note on a trial that has a row. Earlier notes stay."""
    row = NoteRow(trial=trial, noted_at=now, text=storable(text))
    session.add(row)
    session.flush()
    return row


def remove(session: Session, numbers: Iterable[int]) -> None:
    """Delete the notes with these numbers."""
    for batch in batches(numbers):
        session.connection().execute(delete(NoteRow).where(col(NoteRow.id).in_(batch)))
