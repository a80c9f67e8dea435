"""Requests of people for a poll by a running daemon, and the run that answered each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from storage.documents.documents import canonical
from storage.tables.models import PollRequestRow

__all__ = ["answered", "find", "open_requests", "request", "withdraw"]


def request(session: Session, trials: Sequence[str] | None, now: datetime) -> int:
    """Request a poll of `trials` (None: all watched ones). Return the number of the request."""
    row = PollRequestRow(asked_at=now, trials=canonical(None if trials is None else list(trials)).decode())
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def open_requests(session: Session) -> list[PollRequestRow]:
    """Return requests without an answer, oldest first."""
    return list(
        session.exec(select(PollRequestRow).where(PollRequestRow.answer == "").order_by(col(PollRequestRow.id)))
    )


def answered(session: Session, poll_request: int, run: int | None, answer: str) -> None:
    """Answer a request: the run that did it, and the result (JSON text, not empty)."""
    row = session.get(PollRequestRow, poll_request)
    if row is not None:
        row.run, row.answer = run, answer


def withdraw(session: Session, poll_request: int) -> None:
    """Withdraw a request. One that has an answer stays."""
    session.connection().execute(
        delete(PollRequestRow).where(col(PollRequestRow.id) == poll_request, col(PollRequestRow.answer) == "")
    )


def find(session: Session, poll_request: int) -> PollRequestRow | None:
    return session.get(PollRequestRow, poll_request, populate_existing=True)
