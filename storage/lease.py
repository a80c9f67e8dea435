"""The right to poll: one process at a time on a store, freed the moment its holder dies.

No row says who polls, for a row outlives its writer. SQLite: an advisory lock on a side file, which the system drops
with the process. PostgreSQL: an advisory lock on a connection of its own, which the server drops with the connection.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, text

from storage.database import Database
from storage.errors import Held, Unavailable

__all__ = ["poll_lock"]

_KEY = 0x7477706F  # "twpo"
_NAME_BYTES = 63
"""What PostgreSQL keeps of an application name."""


def poll_lock(database: Database, holder: str, wait: Callable[[], bool]) -> AbstractContextManager[None]:
    """Hold the poll of this store for the length of a `with`; `holder` is what others will be told, one line.

    Between two tries it calls `wait`, which pauses and says whether to go on. Raises Held, naming the holder, once it
    says no, and Unavailable when the lock cannot be asked for. PostgreSQL keeps the first 63 bytes of `holder`.
    """
    if database.path is not None:
        return _file_lock(database.path, holder, wait)
    return _server_lock(database, holder, wait)


@contextmanager
def _file_lock(database: Path, holder: str, wait: Callable[[], bool]) -> Iterator[None]:
    # Beside the file itself, wherever links lead from; and never the database file: closing any handle on that would
    # drop SQLite's own locks. It is never deleted: a second process might then lock a file that no longer has a name.
    path = Path(os.path.realpath(database) + ".poll.lock")
    with _opened(path) as side:
        while not _locked(side):
            if not wait():
                raise Held(str(path), path.read_text(encoding="utf-8", errors="replace").strip())
        _write(side, holder)
        try:
            yield
        finally:
            _write(side, "")


def _opened(path: Path) -> IO[str]:
    try:
        return path.open("a", encoding="utf-8")
    except OSError as error:
        raise Unavailable(str(path), f"the poll's lock cannot be opened ({error.strerror})") from error


def _locked(side: IO[str]) -> bool:
    try:
        fcntl.flock(side, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(side: IO[str], holder: str) -> None:
    side.truncate(0)
    side.write(holder)
    side.flush()


@contextmanager
def _server_lock(database: Database, holder: str, wait: Callable[[], bool]) -> Iterator[None]:
    with database.apart() as connection:
        while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}):
            if not wait():
                raise Held(database.url, _server_holder(connection))
        name = holder.encode()[:_NAME_BYTES].decode(errors="ignore")
        connection.execute(text("SELECT set_config('application_name', :name, false)"), {"name": name})
        yield


def _server_holder(connection: Connection) -> str:
    query = (
        "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_database d"
        " ON d.oid = l.database WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = :key"
        " AND d.datname = current_database()"
    )
    return connection.scalar(text(query), {"key": _KEY}) or ""
