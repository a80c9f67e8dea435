"""Open the store for threads that only read: sessions for single trials, and the door of the lists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from storage.engine.database import READERS, Database
from storage.reads.door import ReadDoor

__all__ = ["ReadOnlyStore", "read_only_store"]


class ReadOnlyStore(NamedTuple):
    """A store that can only be read. Threads share both ways to it."""

    database: Database
    door: ReadDoor


@contextmanager
def read_only_store(where: Path | str) -> Iterator[ReadOnlyStore]:
    """Open a store that is there and up to date. Raise Unavailable or NewerSchema."""
    database = Database.open_for_reading(where)
    with closing(database), closing(ReadDoor.open(database.where, connections=READERS)) as door:
        yield ReadOnlyStore(database, door)
