"""Back up a store into one SQLite file while other processes keep writing to it.

A backup of a PostgreSQL store is an SQLite store with the same rows, read in one REPEATABLE READ transaction. So you
can inspect and verify every backup in the same way, and restore it into either database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from storage.backup.copy_rows import copy_rows, empty
from storage.engine.bulk import table_of
from storage.engine.database import Database
from storage.engine.sqlite_backup import copy_out, mapped, settle
from storage.engine.unchecked_rows import Progress, silent
from storage.errors import StoreRefused
from storage.files.atomic_files import placed
from storage.integrity.fault import Fault
from storage.integrity.verify import verify
from storage.tables.models import SnapshotRow, StoreRow, TrialRow

__all__ = ["Contents", "contents", "opened", "refuse_faults", "write"]

_NAMED = 3
"""How many faults an error message names; it counts the rest."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a store holds, in numbers. `seq` is the number of its last event."""

    store: str
    trials: int
    versions: int
    seq: int


def write(
    database: Database, path: Path, *, force: bool, unchecked: bool, now: datetime, tell: Progress = silent
) -> Contents:
    """Write a backup to `path` and return what it holds. Everything committed before the call is included.

    The copy is verified before it gets its final name, unless `unchecked`. Only the owner can read the file, because it
    holds mail addresses.

    Raise StoreRefused if no file may be written to `path` (`force` allows replacing one that no program has open) or if
    the store does not verify. Raise Full or Unavailable if the disk or the database fails.
    """
    _refuse_in_use(database, path)
    with placed(path, force=force) as beside:
        with mapped(path):
            if database.path is not None:
                _copy_file(database, beside, tell)
            else:
                _copy_rows(database, beside, now, tell)
        with opened(beside) as copy, copy.read() as session:
            found = contents(session)
            if not unchecked:
                refuse_faults(
                    str(path), verify(session, tell), "nothing was written; to save what is left: --unchecked"
                )
        with mapped(path):
            # Last, so that only a complete copy carries the mark of a backup.
            settle(beside, backup=True)
        _refuse_in_use(database, path)
    return found


def _refuse_in_use(database: Database, path: Path) -> None:
    """Refuse the place of the store itself, and of one that is open: SQLite would play its old log into the copy."""
    if database.path is not None and path.exists() and path.samefile(database.path):
        raise StoreRefused(str(path), "it is the store itself; name another file")
    for suffix in ("-wal", "-journal"):
        if path.with_name(path.name + suffix).exists():
            why = f"a program has it open, or was killed while it had ({path.name}{suffix} lies beside it)"
            raise StoreRefused(str(path), f"{why}; close it there, or name another file")


def contents(session: Session) -> Contents:
    """Count the trials, versions and events of a store."""
    store = session.connection().execute(select(table_of(StoreRow))).one()

    def count(table: Any) -> int:
        return int(session.connection().execute(select(func.count()).select_from(table)).scalar_one())

    return Contents(store.store_id, count(table_of(TrialRow)), count(table_of(SnapshotRow)), store.seq)


def refuse_faults(subject: str, faults: Iterator[Fault], then: str) -> None:
    """Raise StoreRefused if there are any faults, naming the first few."""
    found = [" ".join(f"{it.table} {it.row}".split()) + f": {it.reason}" for it in faults]
    if found:
        more = f" (and {len(found) - _NAMED:,} more)" if len(found) > _NAMED else ""
        raise StoreRefused(subject, f"it does not verify: {'; '.join(found[:_NAMED])}{more}; {then}")


def _copy_file(database: Database, beside: Path, tell: Progress) -> None:
    with closing(database.engine.raw_connection()) as connection:
        store: Any = connection.dbapi_connection
        copy_out(store, beside, lambda done: tell("page", done))


def _copy_rows(database: Database, beside: Path, now: datetime, tell: Progress) -> None:
    with opened(beside, now) as copy, database.read() as source, copy.write() as target:
        empty(target)
        copy_rows(source, target, tell)


@contextmanager
def opened(path: Path, now: datetime | None = None) -> Iterator[Database]:
    """Yield the file at `path` as an open store, and close it at the end of the block."""
    copy = Database.open(path, now)
    try:
        yield copy
    finally:
        copy.close()
