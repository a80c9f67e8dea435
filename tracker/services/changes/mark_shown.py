"""Note what a user of this machine has been shown: by `changes --new`, or on a page."""

from __future__ import annotations

from sqlmodel import Session

from storage.versions import history
from tracker.services.changes.account import account
from tracker.services.changes.changes import ChangeReader

__all__ = ["mark_seen", "mark_shown"]


def mark_shown(session: Session, reader: ChangeReader, seq: int) -> None:
    """Note what a reader was shown. Call this after the output: a change that could not be printed was not shown.

    The mark never goes back.
    """
    history.mark_shown(session, reader.question, seq)


def mark_seen(session: Session, seq: int) -> None:
    """Note that the user has seen everything up to `seq`, as `changes --new` without filters does."""
    mark_shown(session, ChangeReader(account(), account()), seq)
