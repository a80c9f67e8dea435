"""Locks that one process at a time holds on a store: to poll it, to be its daemon. Freed when the holder dies.

They are not rows, because a row outlives the process that wrote it. On SQLite the lock is an advisory lock on a file,
which the system drops with the process. On PostgreSQL it is an advisory lock of a separate connection, which the server
drops with the connection.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, text

from storage.engine.database import POLL_LOCK, Database
from storage.errors import PollLocked, Unavailable
from storage.files.file_causes import file_cause
from storage.files.private_files import opener

__all__ = ["daemon_lock", "file_daemon_lock", "poll_lock"]

_POLL_KEY = 0x7477706F  # "twpo"
_DAEMON_KEY = 0x74776461  # "twda"
_NAME_BYTES = 63
"""The bytes of an application name that PostgreSQL keeps."""


def poll_lock(database: Database, holder: str, wait: Callable[[], bool]) -> AbstractContextManager[None]:
    """Hold the poll lock of this store for the length of a `with`. `holder` is one line that others are shown.

    Between two tries it calls `wait`, which pauses and returns whether to go on. Raise PollLocked with the holder when
    it returns False. Raise Unavailable if the lock cannot be tried. PostgreSQL keeps the first 63 bytes of `holder`.
    """
    if database.path is not None:
        return _file_lock(database.path, holder, wait)
    return _server_lock(database, _POLL_KEY, holder, wait)


def daemon_lock(database: Database, holder: str, wait: Callable[[], bool]) -> AbstractContextManager[None]:
    """Hold the daemon lock of this store for the length of a `with`. Otherwise like `poll_lock`.

    On SQLite the lock is on the database file itself, so it also works through symbolic and hard links. PollLocked then
    says only "process 4711", or nothing if the system does not tell. The row of the job knows more.
    """
    if database.path is not None:
        return file_daemon_lock(database.path, wait)
    return _server_lock(database, _DAEMON_KEY, holder, wait)


_IDLE: dict[tuple[int, int], list[int]] = {}
"""Open file descriptors of databases without a lock, by (device, inode)."""


@contextmanager
def file_daemon_lock(database: Path, wait: Callable[[], bool]) -> Iterator[None]:
    """Hold the daemon lock of a file, even if it cannot be opened as a store."""
    # The lock is on the database file. The handle stays open until the process ends and is used again, because closing
    # any handle on the file drops the locks that SQLite holds in this process. On a local disk, flock and SQLite's
    # POSIX locks do not affect each other.
    try:
        found = database.stat()
        idle = _IDLE.setdefault((found.st_dev, found.st_ino), [])
        handle = idle.pop() if idle else os.open(database, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise Unavailable(
            str(database), f"the daemon's lock cannot be opened: {file_cause(error).why}", "file"
        ) from error
    try:
        while not _locked(handle):
            if not wait():
                raise PollLocked(str(database), _owner(found.st_ino))
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
        idle.append(handle)


def _owner(inode: int) -> str:
    """Return who locked a file, if Linux tells. The row of the job may be out of reach through a hard link."""
    try:
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return ""
    locks = (line.split() for line in lines)
    return next((f"process {it[4]}" for it in locks if it[1] == "FLOCK" and it[5].endswith(f":{inode}")), "")


@contextmanager
def _file_lock(database: Path, holder: str, wait: Callable[[], bool]) -> Iterator[None]:
    # A file next to the real database, after all links. Not the database file: closing a handle on that would drop
    # SQLite's own locks. It is never deleted, because then two processes could lock two files of the same name.
    path = Path(os.path.realpath(database) + POLL_LOCK)
    with _opened(path) as side:
        while not _locked(side):
            if not wait():
                raise PollLocked(str(path), path.read_text(encoding="utf-8", errors="replace").strip())
        _write(side, holder)
        try:
            yield
        finally:
            _write(side, "")


def _opened(path: Path) -> IO[str]:
    try:
        return open(path, "a", encoding="utf-8", opener=opener)
    except OSError as error:
        raise Unavailable(str(path), f"the poll's lock cannot be opened: {file_cause(error).why}", "folder") from error


def _locked(side: IO[str] | int) -> bool:
    try:
        fcntl.flock(side, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(side: IO[str], holder: str) -> None:
    # The name only helps those who wait, so an error here is ignored. A full disk will be reported by the next real
    # write. The buffer of the file is bypassed, because it would try a failed write again on closing.
    with suppress(OSError):
        os.ftruncate(side.fileno(), 0)
        os.write(side.fileno(), holder.encode())


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
