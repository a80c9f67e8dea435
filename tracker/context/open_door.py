"""Open the store for one question, without SQLAlchemy: half of the time that a command takes is its import."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from schedules.clock import Clock
from storage.errors import StorageError
from storage.reads.door import ReadDoor
from tracker.config.settings import Settings

if TYPE_CHECKING:
    from storage.engine.database import Database

__all__ = ["open_door", "opened"]


@contextmanager
def open_door(settings: Settings, clock: Clock) -> Iterator[ReadDoor]:
    """Yield the store for reading. One that is not there yet is made, an older one is brought up to date.

    Raise what `open_store` raises.
    """
    try:
        door = ReadDoor.open(settings.database, connections=1, remembers=False)
    except StorageError:
        # Only the long way makes a store, brings it up to date, or says all that is wrong with it.
        with opened(settings, clock):
            pass
        door = ReadDoor.open(settings.database, connections=1, remembers=False)
    with closing(door):
        yield door


@contextmanager
def opened(settings: Settings, clock: Clock) -> Iterator[Database]:
    """Yield the store as `open_store` does, for what a door cannot answer. SQLAlchemy is loaded only here."""
    from tracker.context.open_store import open_store  # noqa: PLC0415  (see above)

    with open_store(settings, clock) as database:
        yield database
