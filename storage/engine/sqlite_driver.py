"""The one SQLite library of this process, and the one way to connect to a file with it.

SQLite guards a file with POSIX locks, which belong to the process and not to the library. Two libraries in one process
do not see each other's locks, and the first to close the file drops those of both. A commit is then lost silently. So
only this module imports a driver. Everything else, including tests and benchmarks, imports `sqlite3` from here.

The library is `pysqlite3` where a wheel of it exists. Python's own library is that of the system, and many systems have
one that can lose a commit (see `known_fault`).
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from platform import machine
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

LOAD_ERROR = ""
"""Why an installed bundled library could not be loaded. Empty if it could, or if there is none."""

if TYPE_CHECKING:
    import sqlite3
else:
    try:
        from pysqlite3 import dbapi2 as sqlite3
    except ModuleNotFoundError:
        import sqlite3
    except ImportError as error:
        import sqlite3

        LOAD_ERROR = str(error)

__all__ = [
    "BUNDLED",
    "LOAD_ERROR",
    "PATIENCE_SECONDS",
    "SQLITE_IOERR",
    "SQLITE_IOERR_SHMSIZE",
    "SQLITE_PRIMARY",
    "VERSION",
    "bundle_exists",
    "connect",
    "connect_memory",
    "connect_read_only",
    "known_fault",
    "sqlite3",
]

VERSION: str = sqlite3.sqlite_version
"""The version of the library in use."""
BUNDLED: bool = sqlite3.__name__.startswith("pysqlite3")
"""Whether the library is bundled with this installation, and not the one of the system."""

PATIENCE_SECONDS = 10.0
"""Seconds to wait for another's lock, in this process or in another."""

SQLITE_PRIMARY = 0xFF
"""The bits of an SQLite error code that give its kind. The other bits give details."""
SQLITE_IOERR = 10
"""The disk does not answer. Not every driver has a name for it."""
SQLITE_IOERR_SHMSIZE = SQLITE_IOERR | 19 << 8
"""No space for the -shm file. `pysqlite3` has no name for it (https://sqlite.org/rescode.html#ioerr_shmsize)."""

_CORRUPT = 11

_STATEMENTS = 256
"""Parsed statements that a connection keeps. Too few, and statements that take turns are parsed each time: `pysqlite3`
keeps what was used most often, so a full connection puts each new one in the place of the one before it. Its own number
is 100, and a migration alone runs more than that.
"""

_WHEELS = {("linux", "x86_64"), ("darwin", "arm64"), ("win32", "AMD64")}
"""The platforms with wheels of `pysqlite3`, as in `pyproject.toml`."""
_FIXED = (3, 51, 3)
_BACKPORTED: dict[tuple[int, ...], int] = {(3, 44): 6, (3, 50): 7}


class _Cursor(sqlite3.Cursor):
    """Runs statements. Whatever a damaged file makes SQLite say is an sqlite3.Error.

    SQLite quotes the file in its messages ("malformed database schema"). If those bytes are not UTF-8, the driver
    raises UnicodeDecodeError instead of an error of its own, and no handler of database errors would see it.
    """

    def execute(self, *arguments: Any) -> Any:
        try:
            return super().execute(*arguments)
        except UnicodeDecodeError as error:
            raise _unreadable(error) from error

    def executemany(self, *arguments: Any) -> Any:
        try:
            return super().executemany(*arguments)
        except UnicodeDecodeError as error:
            raise _unreadable(error) from error


class _Connection(sqlite3.Connection):
    """A connection whose statements all run on a `_Cursor`, those of its own shortcuts too."""

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


def _unreadable(error: UnicodeDecodeError) -> sqlite3.DatabaseError:
    text = error.object.decode(errors="backslashreplace")
    found = sqlite3.DatabaseError(text)
    found.sqlite_errorcode = _CORRUPT
    return found


def connect(path: Path, *, timeout: float = 5.0, check_same_thread: bool = True) -> sqlite3.Connection:
    """Return a connection to the file at `path`, which may have any name. Create the file if it does not exist.

    Each statement commits by itself. `timeout`: seconds to wait for another's lock. Raise sqlite3.Error.
    """
    # Both libraries are built to read a name that begins with "file:" as a URI. An absolute path never does.
    return sqlite3.connect(
        path.absolute(),
        timeout=timeout,
        check_same_thread=check_same_thread,
        isolation_level=None,
        factory=_Connection,
        cached_statements=_STATEMENTS,
    )


def connect_memory() -> sqlite3.Connection:
    """Return a connection to a new in-memory database. Each statement commits by itself."""
    return sqlite3.connect(":memory:", isolation_level=None, factory=_Connection)


def connect_read_only(
    path: Path, *, immutable: bool, timeout: float = 5.0, check_same_thread: bool = True
) -> sqlite3.Connection:
    """Return a connection that can only read. `immutable`: the file cannot change, so no lock is taken.

    `timeout`: seconds to wait for another's lock. Raise sqlite3.Error.
    """
    # As bytes, because a name need not be UTF-8. With the empty authority, a path that begins with // stays a path.
    name = quote_from_bytes(os.fsencode(path.absolute()))
    address = f"file://{name}?mode=ro{'&immutable=1' if immutable else ''}"
    return sqlite3.connect(
        address,
        uri=True,
        timeout=timeout,
        check_same_thread=check_same_thread,
        isolation_level=None,
        factory=_Connection,
        cached_statements=_STATEMENTS,
    )


@cache
def known_fault(version: tuple[int, ...] | None = None) -> str:
    """Return what is wrong with a version of SQLite, as a sentence. Empty if no fault is known.

    `version`: three numbers; None for the library in use. The fault: https://sqlite.org/wal.html#walresetbug.
    """
    version = version or sqlite3.sqlite_version_info
    if version >= _FIXED or version[2] >= _BACKPORTED.get(version[:2], sys.maxsize):
        return ""
    name = ".".join(map(str, version))
    return f"SQLite {name} can lose a commit when several processes checkpoint at once (fixed in 3.51.3); it is rare"


def bundle_exists(platform: str = sys.platform, processor: str | None = None) -> bool:
    """Whether `pysqlite3` has a wheel for a platform, in terms of `sys.platform` and `platform.machine()`."""
    return (platform, processor or machine()) in _WHEELS
