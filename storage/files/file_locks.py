"""Locks on the file of a store, which the system drops with the process that holds them. No database imports."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from storage.errors import PollLocked, Unavailable
from storage.files.file_causes import file_cause
from storage.files.private_files import opener

__all__ = ["POLL_LOCK", "alone_in_file", "file_daemon_lock", "file_import_lock", "file_poll_lock"]

POLL_LOCK = ".poll.lock"
"""The suffix for the poll lock file of an SQLite store. The first poll creates the file."""

IMPORT_LOCK = ".import.lock"
"""The suffix for the lock file of imports. The first import or housekeeping creates the file."""

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
def file_poll_lock(database: Path, holder: str, wait: Callable[[], bool]) -> Iterator[None]:
    """Hold the poll lock of a file. `holder` is written into the lock, for others to read."""
    # A file next to the real database, after all links. Not the database file: closing a handle on that would drop
    # SQLite's own locks. It is never deleted, because then two processes could lock two files of the same name.
    path = _beside(database, POLL_LOCK)
    with _opened(path) as side:
        while not _locked(side):
            if not wait():
                raise PollLocked(str(path), path.read_text(encoding="utf-8", errors="replace").strip())
        _write(side, holder)
        try:
            yield
        finally:
            _write(side, "")


@contextmanager
def file_import_lock(database: Path) -> Iterator[None]:
    """Hold the import lock of a file together with other imports. Wait while something else holds it alone."""
    with _opened(_beside(database, IMPORT_LOCK)) as side:
        fcntl.flock(side, fcntl.LOCK_SH)
        yield


@contextmanager
def alone_in_file(database: Path) -> Iterator[bool]:
    """Hold the import lock of a file alone. Yield False, without waiting, if an import holds it."""
    with _opened(_beside(database, IMPORT_LOCK)) as side:
        yield _locked(side)


def _beside(database: Path, suffix: str) -> Path:
    return Path(os.path.realpath(database) + suffix)


def _opened(path: Path) -> IO[str]:
    try:
        return open(path, "a", encoding="utf-8", opener=opener)
    except OSError as error:
        raise Unavailable(str(path), f"this lock file cannot be opened: {file_cause(error).why}", "folder") from error


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
