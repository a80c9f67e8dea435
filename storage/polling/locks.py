"""Locks on a store, freed when the holder dies.

One process at a time polls it, and one is its daemon. Imports share a lock: what they have kept is no version yet, and
only who holds that lock alone may delete what no version needs.

They are not rows, because a row outlives the process that wrote it. On SQLite the lock is an advisory lock on a file,
which the system drops with the process. On PostgreSQL it is an advisory lock of a separate connection, which the server
drops with the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from storage.engine.database import Database
from storage.errors import PollLocked
from storage.files.file_locks import alone_in_file, file_daemon_lock, file_import_lock, file_poll_lock
from storage.reads.health.daemons import DAEMON_KEY

__all__ = ["daemon_lock", "import_lock", "no_import", "poll_lock"]

_POLL_KEY = 0x7477706F  # "twpo"
_IMPORT_KEY = 0x74776970  # "twip"
_NAME_BYTES = 63
"""The bytes of an application name that PostgreSQL keeps."""


def poll_lock(database: Database, holder: str, wait: Callable[[], bool]) -> AbstractContextManager[None]:
    """Hold the poll lock of this store for the length of a `with`. `holder` is one line that others are shown.

    Between two tries it calls `wait`, which pauses and returns whether to go on. Raise PollLocked with the holder when
    it returns False. Raise Unavailable if the lock cannot be tried. PostgreSQL keeps the first 63 bytes of `holder`.
    """
    if database.path is not None:
        return file_poll_lock(database.path, holder, wait)
    return _server_lock(database, _POLL_KEY, holder, wait)


def daemon_lock(database: Database, holder: str, wait: Callable[[], bool]) -> AbstractContextManager[None]:
    """Hold the daemon lock of this store for the length of a `with`. Otherwise like `poll_lock`.

    On SQLite the lock is on the database file itself, so it also works through symbolic and hard links. PollLocked then
    says only "process 4711", or nothing if the system does not tell. The row of the job knows more.
    """
    if database.path is not None:
        return file_daemon_lock(database.path, wait)
    return _server_lock(database, DAEMON_KEY, holder, wait)


@contextmanager
def import_lock(database: Database) -> Iterator[None]:
    """Hold the import lock for the length of a `with`, together with other imports. Wait while `no_import` holds it."""
    if database.path is not None:
        with file_import_lock(database.path):
            yield
        return
    with database.apart() as connection:
        connection.execute(text("SELECT pg_advisory_lock_shared(:key)"), {"key": _IMPORT_KEY})
        with _given_back(connection, "SELECT pg_advisory_unlock_shared(:key)"):
            yield


@contextmanager
def no_import(database: Database) -> Iterator[bool]:
    """Keep imports from beginning for the length of a `with`. Yield False, without waiting, if one is running."""
    if database.path is not None:
        with alone_in_file(database.path) as is_alone:
            yield is_alone
        return
    with database.apart() as connection:
        is_alone = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _IMPORT_KEY}))
        with _given_back(connection, "SELECT pg_advisory_unlock(:key)") if is_alone else nullcontext():
            yield is_alone


@contextmanager
def _given_back(connection: Connection, unlock: str) -> Iterator[None]:
    """Give the lock back at once. A server notices only a little later that a connection was closed."""
    try:
        yield
    finally:
        with suppress(DBAPIError):  # a connection that is lost has given it back
            connection.execute(text(unlock), {"key": _IMPORT_KEY})


@contextmanager
def _server_lock(database: Database, key: int, holder: str, wait: Callable[[], bool]) -> Iterator[None]:
    with database.apart() as connection:
        while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
            if not wait():
                raise PollLocked(database.url, _server_holder(connection, key))
        # pg_stat_activity shows this name to those who wait. A cut character at its end is dropped.
        name = holder.encode()[:_NAME_BYTES].decode(errors="ignore")
        connection.execute(text("SELECT set_config('application_name', :name, false)"), {"name": name})
        yield


def _server_holder(connection: Connection, key: int) -> str:
    query = (
        "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_database d"
        " ON d.oid = l.database WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = :key"
        " AND d.datname = current_database()"
    )
    return connection.scalar(text(query), {"key": key}) or ""
