"""The table of notes: what a user wrote about a trial."""

# No `from __future__ import annotations` here, because SQLModel reads the annotations themselves.
from datetime import datetime
from typing import ClassVar

from sqlmodel import Field

from storage.tables.base_table import Table

__all__ = ["NoteRow"]


class NoteRow(Table, table=True):
    """One note. `id` is its number for the user, and is never given to another note. No document knows of it."""

    __tablename__ = "note"
    __table_args__: ClassVar[dict[str, bool]] = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    trial: str = Field(foreign_key="trial.trial", index=True)
    noted_at: datetime
    text: str
