"""Notes on trials: what a user wrote about them, and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from storage.engine.bulk import batches, storable
from storage.tables.models import AliasRow, NoteRow
from storage.watching import watches

__all__ = ["add", "of", "of_trials", "remove"]


def add(session: Session, trial: str, text: str, now: datetime) -> NoteRow:
    """Write a note on a trial that has a row. Earlier notes stay."""
    row = NoteRow(trial=trial, noted_at=now, text=storable(text))
    session.add(row)
    session.flush()
    return row


def of(session: Session, trial: str) -> list[NoteRow]:
    """Return the notes on a trial, oldest first. Notes on its obsolete ids are among them."""
    return of_trials(session, [trial])[trial]


def of_trials(session: Session, trials: Iterable[str]) -> dict[str, list[NoteRow]]:
    """Return the notes on each of `trials` as `of` does, an empty list for those without."""
    found: dict[str, list[NoteRow]] = {trial: [] for trial in trials}
    obsolete = select(AliasRow.alias).where(col(AliasRow.alias).in_(select(NoteRow.trial)))
    current = {alias: watches.resolve(session, alias) for alias in session.exec(obsolete)}
    noted = {*found, *(alias for alias, trial in current.items() if trial in found)}
    for batch in batches(sorted(noted)):
        for row in session.exec(select(NoteRow).where(col(NoteRow.trial).in_(batch))):
            for trial in {row.trial, current.get(row.trial, row.trial)} & found.keys():
                found[trial].append(row)
    return {trial: sorted(rows, key=lambda row: (row.noted_at, row.id or 0)) for trial, rows in found.items()}


def remove(session: Session, numbers: Iterable[int]) -> None:
    """Delete the notes with these numbers."""
    for batch in batches(numbers):
        session.connection().execute(delete(NoteRow).where(col(NoteRow.id).in_(batch)))
