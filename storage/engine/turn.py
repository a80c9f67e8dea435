"""The turn to write what versions are made of. Who takes it is the only such writer until the transaction ends."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session

from storage.engine.bulk import table_of
from storage.tables.models import StoreRow

__all__ = ["take_turn"]


def take_turn(session: Session) -> None:
    """Wait for the turn, and take it. What is read from now on is what will be committed on.

    Take it before anything is written: on a server, two writers that hold rows and wait for each other both lose.
    """
    session.connection().execute(select(table_of(StoreRow).c.seq).with_for_update()).one()
