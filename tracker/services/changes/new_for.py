"""What a user of this machine has been shown: by `changes --new`, or on a page."""

from __future__ import annotations

import getpass
import os

from sqlmodel import Session

from tracker.services.changes.changes import ChangeReader

__all__ = ["account", "mark_seen"]


def account() -> str:
    """Return the name of the reader that is the user who runs this."""
    return f"cli:{_user()}"


def mark_seen(session: Session, seq: int) -> None:
    """Note that the user has seen everything up to `seq`, as `changes --new` without filters does.

    The mark never goes back.
    """
    ChangeReader(account(), account()).mark_shown(session, seq)


def _user() -> str:
    """Return the user who runs this. In a container it may be a number without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
