"""Translate errors of SQLAlchemy and the drivers into ours. Used by `Database` and by the check of damaged stores."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.engine.redaction import redacted
from storage.engine.sqlite_driver import SQLITE_IOERR_SHMSIZE, SQLITE_PRIMARY
from storage.errors import Contradiction, Damaged, Full, Locked, StorageError, Unavailable

__all__ = ["translated"]

_SQLITE: dict[int, tuple[type[StorageError], str]] = {
    5: (Locked, "another process kept it locked"),
    6: (Locked, "another connection kept it locked"),
    8: (Unavailable, "it may not be written"),
    10: (Unavailable, "its disk does not answer"),
    13: (Full, "its disk is full"),
    14: (Unavailable, "it cannot be opened"),
    23: (Unavailable, "it may not be opened"),
    # The one I/O error that means that there is no space for the -shm file.
    SQLITE_IOERR_SHMSIZE: (Full, "its disk is full"),
}
_SQLITE_DAMAGED = (11, 26)
_SQLITE_VAGUE = (10, 14)
"""The codes of "disk I/O error" and "unable to open database file". SQLite also gives them for a full disk."""
_ROOM_BYTES = 64 * 1024
"""Twice the initial size of the -shm file."""
_POSTGRES: dict[str, tuple[type[StorageError], str]] = {
    "25006": (Unavailable, "it may not be written"),
    "25": (Unavailable, "the server ended the transaction"),
    "40": (Locked, "another writer interfered"),
    "55P03": (Locked, "another writer kept the lock"),
    "53": (Unavailable, "the server is out of resources"),
    "53100": (Full, "its disk is full"),
    "57": (Unavailable, "the server cancelled the request"),
    "08": (Unavailable, "the server does not answer"),
    "28": (Unavailable, "the server refuses this user"),
    "3D": (Unavailable, "there is no such database"),
    "42501": (Unavailable, "this user may not do that"),
}


def translated(
    error: SQLAlchemyError, subject: str, secrets: Collection[str] = (), file: Path | None = None
) -> StorageError:
    """Return our error for a foreign one.

    `subject` is the database without secrets; `secrets` are removed from messages.

    `file`: the file of an SQLite store. Its disk is checked for space when SQLite does not give a clear reason.
    """
    if isinstance(error, PoolTimeout):
        return Unavailable(subject, "no connection became free")
    if not isinstance(error, DBAPIError):
        return StorageError(subject, f"{type(error).__name__}: {redacted(_first_line(error), secrets)}")
    message = redacted(_first_line(error.orig), secrets)
    if isinstance(error, IntegrityError | DataError):
        return Contradiction(subject, message)
    if file is not None and _code(error) in _SQLITE_VAGUE and _has_no_room(file):
        return Full(subject, f"its disk is full ({message})")
    return _from_code(error, subject, message)


def _code(error: DBAPIError) -> int | None:
    return getattr(error.orig, "sqlite_errorcode", None)


def _has_no_room(file: Path) -> bool:
    """Whether the disk is too full for SQLite's side files. pysqlite3 has no error code that says so."""
    try:
        found = os.statvfs(file.parent)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < _ROOM_BYTES


def _from_code(error: DBAPIError, subject: str, message: str) -> StorageError:
    known: tuple[type[StorageError], str] | None = None
    code = getattr(error.orig, "sqlite_errorcode", None)
    if isinstance(code, int):
        # SQLITE_CORRUPT and SQLITE_NOTADB.
        if code & SQLITE_PRIMARY in _SQLITE_DAMAGED:
            return Damaged("database", subject, message)
        known = _SQLITE.get(code) or _SQLITE.get(code & SQLITE_PRIMARY)
    elif state := getattr(error.orig, "sqlstate", None):
        # data_corrupted and index_corrupted.
        if state in ("XX001", "XX002"):
            return Damaged("database", subject, message)
        # A code has five characters. The first two are its class.
        known = _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    elif error.connection_invalidated or hasattr(error.orig, "pgconn"):
        known = (Unavailable, "the server cannot be reached")
    if known is None:
        return StorageError(subject, message)
    kind, sentence = known
    return kind(subject, f"{sentence} ({message})")


def _first_line(error: BaseException | None) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
