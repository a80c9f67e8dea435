"""Copy SQLite files: out of a store that is being written to, and into a store that others have open.

Both directions use SQLite's online backup. A copy out is one consistent snapshot: it is read in a transaction, which in
WAL mode blocks no writer. A copy in is one transaction too: either all of it is there, or nothing has changed.
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
"""Called with the number of pages copied so far."""

_MAGIC = b"SQLite format 3\0"
_PAGES_AT_ONCE = 1024
_APPLICATION_ID = 0x54574B50
""""TWKP" in the header of a backup, to tell it from a copy made by other means."""
_TRIES = 40
"""Tries of a quarter of a second each, before another's write lock counts as too long."""


def copy_out(store: sqlite3.Connection, path: Path, tell: Told) -> None:
    """Write a snapshot of a store to the empty file `path`. Raise sqlite3.Error."""
    store.execute("BEGIN")
    try:
        # Fix the snapshot with a read. Otherwise every commit between two steps makes the backup start again.
        store.execute("SELECT 1 FROM sqlite_schema").fetchone()
        with closing(connect(path)) as copy:
            store.backup(copy, pages=_PAGES_AT_ONCE, progress=lambda _, left, total: tell(total - left))
    finally:
        store.execute("ROLLBACK")


def copy_in(path: Path, store: sqlite3.Connection) -> None:
    """Replace the content of an open store with that of the file `path`. Raise Locked or sqlite3.Error."""
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
    """Yield a connection to a file that writes nothing, not even side files. It also reads a log next to the file."""
    # Only with `immutable` does SQLite write nothing next to the file. But then it ignores a log, so a file with a log
    # is opened normally.
    alone = not path.with_name(path.name + "-wal").exists()
    with closing(connect_read_only(path, immutable=alone)) as source:
        # Functions with side effects must not be called by the schema of an untrusted file.
        source.execute("PRAGMA trusted_schema=OFF")
        yield source


def settle(path: Path, *, backup: bool) -> None:
    """Make a copy a single file without a log, and set or clear the mark of a backup."""
    with closing(connect(path)) as copy:
        # This merges the log into the file and deletes it.
        copy.execute("PRAGMA journal_mode=DELETE")
        copy.execute(f"PRAGMA application_id={_APPLICATION_ID if backup else 0}")


def is_sqlite(path: Path) -> bool:
    """Whether there is a file that begins like an SQLite database."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def is_backup(source: sqlite3.Connection) -> bool:
    """Whether `backup` wrote this file, and not some other tool."""
    [mark] = source.execute("PRAGMA application_id").fetchone()
    return bool(mark == _APPLICATION_ID)


@contextmanager
def mapped(subject: Any) -> Iterator[None]:
    """Translate SQLite errors in the block into our errors about `subject`."""
    try:
        yield
    except sqlite3.Error as error:
        raise translated(OperationalError("", {}, error), str(subject)) from error
