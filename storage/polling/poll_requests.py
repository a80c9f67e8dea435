"""Wishes for a look now, from people beside a running daemon; and the run that granted each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from storage.documents.documents import canonical
from storage.tables.models import Ask

__all__ = ["answered", "ask", "find", "waiting", "withdraw"]


def ask(session: Session, trials: Sequence[str] | None, now: datetime) -> int:
    """Wish for a look at `trials` (None: all that are watched); returns the wish's number."""
    row = Ask(asked_at=now, trials=canonical(None if trials is None else list(trials)).decode())
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def waiting(session: Session) -> list[Ask]:
    """Wishes nobody has granted yet, oldest first."""
    return list(session.exec(select(Ask).where(Ask.answer == "").order_by(col(Ask.id))))


def answered(session: Session, wish: int, run: int | None, answer: str) -> None:
    """Grant a wish: by which run, and what is to be told (JSON text, not empty)."""
    row = session.get(Ask, wish)
    if row is not None:
        row.run, row.answer = run, answer


def withdraw(session: Session, wish: int) -> None:
    """Wish no longer. What has been answered already stays."""
    session.connection().execute(delete(Ask).where(col(Ask.id) == wish, col(Ask.answer) == ""))


def find(session: Session, wish: int) -> Ask | None:
    return session.get(Ask, wish, populate_existing=True)
