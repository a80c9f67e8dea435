"""Translate errors of the drivers into ours: of SQLite's library and of psycopg. No SQLAlchemy.

`Database` uses this through `database_errors`, which unwraps what SQLAlchemy raises. `storage.reads` uses it directly.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from storage.engine.sqlite_driver import SQLITE_IOERR_SHMSIZE, SQLITE_PRIMARY
from storage.errors import Contradiction, Damaged, Full, Locked, StorageError, Unavailable, UnavailableCause

__all__ = ["driver_error", "first_line"]

Known = tuple[type[StorageError], str] | tuple[type[Unavailable], str, UnavailableCause]
_SQLITE: dict[int, Known] = {
    5: (Locked, "another process kept it locked"),
    6: (Locked, "another connection kept it locked"),
    8: (Unavailable, "it may not be written", "file"),
    10: (Unavailable, "its disk does not answer"),
    13: (Full, "its disk is full"),
    14: (Unavailable, "it cannot be opened", "file"),
    23: (Unavailable, "it may not be opened", "file"),
    # The one I/O error that means that there is no space for the -shm file.
    SQLITE_IOERR_SHMSIZE: (Full, "its disk is full"),
}
_SQLITE_DAMAGED = (11, 26)
_SQLITE_VAGUE = (10, 14)
"""The codes of "disk I/O error" and "unable to open database file". SQLite also gives them for a full disk."""
_ROOM_BYTES = 64 * 1024
"""Twice the initial size of the -shm file."""
_POSTGRES: dict[str, Known] = {
    "22P05": (Unavailable, "its encoding cannot hold a character of this text", "encoding"),
    "25006": (Unavailable, "it may not be written", "read_only"),
    "25": (Unavailable, "the server ended the transaction"),
    "40": (Locked, "another writer interfered"),
    "55P03": (Locked, "another writer kept the lock"),
    "53": (Unavailable, "the server is out of resources", "busy"),
    "53100": (Full, "its disk is full"),
    "57": (Unavailable, "the server cancelled the request"),
    "57014": (Unavailable, "the server cancelled the request", "time"),
    "08": (Unavailable, "the server does not answer", "server"),
    "28": (Unavailable, "the server refuses this user", "login"),
    "3D": (Unavailable, "there is no such database", "database"),
    "3F000": (Unavailable, "this user has no schema to write in", "privilege"),
    "42501": (Unavailable, "this user may not do that", "privilege"),
}
_UNCONNECTED: tuple[tuple[str, str, UnavailableCause], ...] = (
    (r"authentication failed for user|no password supplied", "the server refuses the user or the password", "login"),
    (r'role ".*" does not exist|role ".*" is not permitted', "the server does not know this user", "login"),
    (r'database ".*" does not exist', "the server has no database of that name", "database"),
    (r"permission denied for database", "this user may not use that database", "privilege"),
    (r"no pg_hba\.conf entry|pg_hba\.conf rejects", "the server does not let this user in from here", "access"),
    (r"too many clients|remaining connection slots|too many conn", "all connections of the server are in use", "busy"),
    (r"starting up|shutting down|in recovery mode", "the server is starting or stopping", "busy"),
    (r"translate host name|resolve host|ame or service not known", "the name of its server is not known (DNS)", "host"),
    (r"onnection refused|No such file", "nothing answers there, so the server may not be running", "server"),
    (r"timeout expired|timed out|timeout", "the server did not answer in time", "server"),
    (r"No route to host|etwork is unreachable", "no way in the network leads to the server", "server"),
    (r"server does not support SSL", "the server does not speak TLS, which the address asks for", "address"),
    (r"certificate|SSL error", "no TLS connection to the server that can be trusted", "address"),
    (r"invalid (.*option|integer|port|sslmode)", "its address has an option that is not valid", "address"),
    (r"closed the connection|onnection reset|roken pipe", "the server broke the connection off", "server"),
)
"""What libpq says when there is no connection, and so no code. A server may say it in another language; then the last
resort is that the server cannot be reached.
"""


_REFUSED_ROWS = frozenset({"IntegrityError", "DataError"})
"""The names of these errors in every driver (PEP 249)."""


def driver_error(
    error: BaseException | None,
    subject: str,
    secrets: Collection[str] = (),
    file: Path | None = None,
    *,
    is_lost: bool = False,
) -> StorageError:
    """Return our error for one of a driver.

    `subject` is the database without secrets; `secrets` are removed from messages. `is_lost`: the connection is gone.

    `file`: the file of an SQLite store. Its disk is checked for space when SQLite does not give a clear reason.
    """
    from storage.engine.redaction import redacted  # noqa: PLC0415  (its patterns, which only an error needs)

    message = redacted(first_line(error), secrets)
    is_known = getattr(error, "sqlstate", None) in _POSTGRES
    if not is_known and any(kind.__name__ in _REFUSED_ROWS for kind in type(error).__mro__):
        return Contradiction(subject, message)
    if file is not None and getattr(error, "sqlite_errorcode", None) in _SQLITE_VAGUE and _has_no_room(file):
        return Full(subject, "its disk is full")
    return _from_code(error, subject, message, is_lost=is_lost)


def _has_no_room(file: Path) -> bool:
    """Whether the disk is too full for SQLite's side files. pysqlite3 has no error code that says so."""
    try:
        found = os.statvfs(file.parent)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < _ROOM_BYTES


def _from_code(error: BaseException | None, subject: str, message: str, *, is_lost: bool) -> StorageError:
    known: Known | None = None
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        # SQLITE_CORRUPT and SQLITE_NOTADB.
        if code & SQLITE_PRIMARY in _SQLITE_DAMAGED:
            return Damaged("database", subject, message)
        known = _SQLITE.get(code) or _SQLITE.get(code & SQLITE_PRIMARY)
    elif state := getattr(error, "sqlstate", None):
        # data_corrupted and index_corrupted.
        if state in ("XX001", "XX002"):
            return Damaged("database", subject, message)
        # A code has five characters. The first two are its class.
        known = _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    elif is_lost or hasattr(error, "pgconn"):
        known = _unconnected(str(error))
    if known is None:
        return StorageError(subject, message)
    kind, sentence, *cause = known
    # The words of a server that is there say more than the code: which table, which setting.
    own = f" ({message})" if getattr(error, "sqlstate", None) else ""
    return kind(subject, f"{sentence}{own}", *cause)


def _unconnected(text: str) -> Known:
    for pattern, why, cause in _UNCONNECTED:
        if re.search(pattern, text):
            return Unavailable, why, cause
    return Unavailable, "the server cannot be reached", "server"


def first_line(error: BaseException | None) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else "an error without words"
