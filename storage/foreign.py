"""What SQLAlchemy and the drivers raise -> our errors. Only `Database` and the walk over a damaged store call this."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.errors import Contradiction, Damaged, Full, Locked, StorageError, Unavailable

__all__ = ["SQLITE_PRIMARY", "translated"]

SQLITE_PRIMARY = 0xFF
"""The bits of an SQLite error code that say what kind it is; the others say more."""
_SQLITE: dict[int, tuple[type[StorageError], str]] = {
    5: (Locked, "another process kept it locked"),
    6: (Locked, "another connection kept it locked"),
    8: (Unavailable, "it may not be written"),
    10: (Unavailable, "its disk does not answer"),
    13: (Full, "its disk is full"),
    14: (Unavailable, "it cannot be opened"),
    23: (Unavailable, "it may not be opened"),
    # Of all its I/O errors the one about no room for the file beside the log.
    sqlite3.SQLITE_IOERR_SHMSIZE: (Full, "its disk is full"),
}
_SQLITE_DAMAGED = (11, 26)
_POSTGRES: dict[str, tuple[type[StorageError], str]] = {
    "25006": (Unavailable, "it may not be written"),
    "25": (Unavailable, "the server ended what was under way"),
    "40": (Locked, "another writer came between"),
    "55P03": (Locked, "another writer kept the lock"),
    "53": (Unavailable, "the server is out of resources"),
    "53100": (Full, "its disk is full"),
    "57": (Unavailable, "the server stopped what we asked"),
    "08": (Unavailable, "the server does not answer"),
    "28": (Unavailable, "the server refuses this user"),
    "3D": (Unavailable, "there is no such database"),
    "42501": (Unavailable, "this user may not do that"),
}


def translated(error: SQLAlchemyError, subject: str) -> StorageError:
    """Our error for a foreign one. `subject` names the database, without its password."""
    if isinstance(error, PoolTimeout):
        return Unavailable(subject, "no connection came free")
    if not isinstance(error, DBAPIError):
        return StorageError(subject, f"{type(error).__name__}: {_first_line(error)}")
    if isinstance(error, IntegrityError | DataError):
        return Contradiction(subject, _first_line(error.orig))
    return _from_code(error, subject)


def _from_code(error: DBAPIError, subject: str) -> StorageError:
    known: tuple[type[StorageError], str] | None = None
    code = getattr(error.orig, "sqlite_errorcode", None)
    if isinstance(code, int):
        if code & SQLITE_PRIMARY in _SQLITE_DAMAGED:
            return Damaged("database", subject, _first_line(error.orig))
        known = _SQLITE.get(code) or _SQLITE.get(code & SQLITE_PRIMARY)
    elif state := getattr(error.orig, "sqlstate", None):
        if state in ("XX001", "XX002"):
            return Damaged("database", subject, _first_line(error.orig))
        known = _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    elif error.connection_invalidated or hasattr(error.orig, "pgconn"):
        known = (Unavailable, "the server cannot be reached")
    if known is None:
        return StorageError(subject, _first_line(error.orig))
    kind, sentence = known
    return kind(subject, f"{sentence} ({_first_line(error.orig)})")


def _first_line(error: BaseException | None) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
