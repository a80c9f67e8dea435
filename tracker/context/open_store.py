"""Open the store and the clock from settings. Fast to import: no registry, no HTTP. See `tracker.app` for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from schedules.clock import Clock
from storage.engine.database import Database
from tracker.config.settings import Settings
from tracker.context.clock_of import clock_of

__all__ = ["open_store", "read_store", "write_store"]


@contextmanager
def open_store(settings: Settings, clock: Clock | None = None) -> Iterator[Database]:
    """Yield the store alone, for commands that ask no registry."""
    database = Database.open(settings.database, (clock or clock_of(settings)).now())
    try:
        yield database
    finally:
        database.close()


@contextmanager
def read_store(settings: Settings, clock: Clock | None = None) -> Iterator[Session]:
    """Yield a session on one snapshot of the store, for a command that asks one question."""
    with open_store(settings, clock) as database, database.read() as session:
        yield session


@contextmanager
def write_store(settings: Settings, clock: Clock | None = None) -> Iterator[Session]:
    """Yield a session in one transaction of the store, for a command that makes one change."""
    with open_store(settings, clock) as database, database.write() as session:
        yield session
