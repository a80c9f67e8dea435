"""SQLite files, whole: copied out of a store that is being written to, and put into one that others have open.

Both ways are SQLite's own online backup. A copy is one moment of the store: it is read in a transaction, which in WAL
mode no writer waits for. What is put in comes as one transaction too: all of it is there, or nothing has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from storage.engine.database_errors import translated
from storage.engine.sqlite_driver import connect, connect_read_only, sqlite3
from storage.errors import Locked

__all__ = ["Told", "copy_in", "copy_out", "is_backup", "is_sqlite", "mapped", "read_only", "settle"]

Told = Callable[[int], None]
"""Told how many pages are copied."""

_MAGIC = b"SQLite format 3\0"
_PAGES_AT_ONCE = 1024
_APPLICATION_ID = 0x54574B50
"""In the header of a backup ("TWKP"), so that it is known from a copy made by other means."""
_TRIES = 40
"""Of a quarter of a second each, until somebody else's writing is too long."""


def copy_out(store: sqlite3.Connection, path: Path, tell: Told) -> None:
    """Write this moment of a store to the empty file `path`. Raises sqlite3.Error."""
    store.execute("BEGIN")
    try:
        # With the moment fixed, writers between two steps do not make the copy begin anew.
        store.execute("SELECT 1 FROM sqlite_schema").fetchone()
        with closing(connect(path)) as copy:
            store.backup(copy, pages=_PAGES_AT_ONCE, progress=lambda _, left, total: tell(total - left))
    finally:
        store.execute("ROLLBACK")


def copy_in(path: Path, store: sqlite3.Connection) -> None:
    """Make the file `path` the content of an open store, for all who have it open. Raises Locked, sqlite3.Error."""
    tries = 0

    def patient(status: int, _left: int, _total: int) -> None:
        nonlocal tries
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            tries += 1
            if tries > _TRIES:
                raise Locked("the store", "another process keeps writing")

    with read_only(path) as source:
        source.backup(store, pages=-1, progress=patient, sleep=0.25)


@contextmanager
def read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """A file opened so that nothing is written, not even beside it; a log that lies beside it is read with it."""
    alone = not path.with_name(path.name + "-wal").exists()
    with closing(connect_read_only(path, immutable=alone)) as source:
        source.execute("PRAGMA trusted_schema=OFF")
        yield source


def settle(path: Path, *, backup: bool) -> None:
    """Make a copy one file by itself, without a log, and mark it as a backup or take that mark away."""
    with closing(connect(path)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")
        copy.execute(f"PRAGMA application_id={_APPLICATION_ID if backup else 0}")


def is_sqlite(path: Path) -> bool:
    """Whether a file is there and begins as those of SQLite do."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def is_backup(source: sqlite3.Connection) -> bool:
    """Whether a file was written by us as a backup, and is no copy made by other means."""
    [mark] = source.execute("PRAGMA application_id").fetchone()
    return bool(mark == _APPLICATION_ID)


@contextmanager
def mapped(subject: Any) -> Iterator[None]:
    """What SQLite raises within the block becomes one of our errors about `subject`."""
    try:
        yield
    except sqlite3.Error as error:
        raise translated(OperationalError("", {}, error), str(subject)) from error
