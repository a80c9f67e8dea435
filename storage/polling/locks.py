"""Rights that one process at a time has on a store: to poll it, to be its daemon. Freed the moment the holder dies.

No row grants them, for a row outlives its writer. SQLite: an advisory lock on a file, which the system drops with the
process. PostgreSQL: an advisory lock on a connection of its own, which the server drops with the connection.
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
from storage.engine.private_files import opener
from storage.errors import PollLocked, Unavailable

__all__ = ["daemon_lock", "file_daemon_lock", "poll_lock"]

_POLL_KEY = 0x7477706F  # "twpo"
_DAEMON_KEY = 0x74776461  # "twda"
_NAME_BYTES = 63
"""What PostgreSQL keeps of an application name."""


def poll_lock(database: Database, holder: str, wait: Callable[[], bool]) -> AbstractContextManager[None]:
    """Hold the poll of this store for the length of a `with`; `holder` is what others will be told, one line.

    Between two tries it calls `wait`, which pauses and says whether to go on. Raises Held, naming the holder, once it
    says no, and Unavailable when the lock cannot be asked for. PostgreSQL keeps the first 63 bytes of `holder`.
    """
    if database.path is not None:
        return _file_lock(database.path, holder, wait)
    return _server_lock(database, _POLL_KEY, holder, wait)


def daemon_lock(database: Database, holder: str, wait: Callable[[], bool]) -> AbstractContextManager[None]:
    """Be the daemon of this store for the length of a `with`, as `poll_lock`.

    On SQLite it knows the store by the file itself, through links of either kind; Held then says no more than
    "process 4711", and nothing where the system does not tell: the holder's own row knows more.
    """
    if database.path is not None:
        return file_daemon_lock(database.path, wait)
    return _server_lock(database, _DAEMON_KEY, holder, wait)


_IDLE: dict[tuple[int, int], list[int]] = {}
"""File descriptors on databases that hold no lock now, by device and inode."""


@contextmanager
def file_daemon_lock(database: Path, wait: Callable[[], bool]) -> Iterator[None]:
    """As `daemon_lock`, for a file that cannot be opened as a store."""
    # On the database itself, open until the process ends and used again: closing any handle on it would drop
    # the locks SQLite holds in this process. This kind of lock and SQLite's do not see each other on a local disk.
    try:
        found = database.stat()
        idle = _IDLE.setdefault((found.st_dev, found.st_ino), [])
        handle = idle.pop() if idle else os.open(database, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise Unavailable(str(database), f"the daemon's lock cannot be opened ({error.strerror})") from error
    try:
        while not _locked(handle):
            if not wait():
                raise PollLocked(str(database), _owner(found.st_ino))
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
        idle.append(handle)


def _owner(inode: int) -> str:
    """Who locked a file, as far as Linux tells: a hard link to a store does not lead to its latest rows."""
    try:
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return ""
    locks = (line.split() for line in lines)
    return next((f"process {it[4]}" for it in locks if it[1] == "FLOCK" and it[5].endswith(f":{inode}")), "")


@contextmanager
def _file_lock(database: Path, holder: str, wait: Callable[[], bool]) -> Iterator[None]:
    # Beside the file itself, wherever links lead from; and never the database file: closing any handle on that would
    # drop SQLite's own locks. It is never deleted: a second process might then lock a file that no longer has a name.
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
        raise Unavailable(str(path), f"the poll's lock cannot be opened ({error.strerror})") from error


def _locked(side: IO[str] | int) -> bool:
    try:
        fcntl.flock(side, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(side: IO[str], holder: str) -> None:
    # A courtesy to those who wait, so nothing fails for want of it: whoever keeps something will hear of a full disk.
    # Not through the file's buffer: what that could not write it would try again when it is closed.
    with suppress(OSError):
        os.ftruncate(side.fileno(), 0)
        os.write(side.fileno(), holder.encode())


@contextmanager
def _server_lock(database: Database, key: int, holder: str, wait: Callable[[], bool]) -> Iterator[None]:
    with database.apart() as connection:
        while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
            if not wait():
                raise PollLocked(database.url, _server_holder(connection, key))
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
