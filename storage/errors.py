"""All errors of `storage`, as one tree.

    StorageError            message, subject (the database, a table and row, a holder)
    ├── Unavailable         the database cannot be opened or reached; nothing was done
    ├── NewerSchema         written by a newer program; nothing was touched
    ├── Locked              another writer kept the lock too long; trying again later may help
    │   └── PollLocked      another process holds the poll; `holder` is its name for itself
    ├── Full                no space left; the transaction was rolled back
    ├── Replaced            the opened file was removed or replaced; nothing more is written to it
    ├── Damaged             stored bytes are not what was stored; names table and row
    ├── StoreRefused        a file may not be written there, or is not what it should be
    └── Contradiction       rows contradict each other or the store; a mistake of the caller

`Database.read` and `Database.write` translate errors of SQLAlchemy and the drivers into these.
"""

from __future__ import annotations

from typing import Literal

__all__ = [
    "Contradiction",
    "Damaged",
    "Full",
    "Locked",
    "NewerSchema",
    "PollLocked",
    "Replaced",
    "StorageError",
    "StoreRefused",
    "Unavailable",
    "UnavailableCause",
]


class StorageError(Exception):
    """The root of the tree. `message` is one plain sentence that begins with `subject`."""

    kind = "storage"
    retryable = False

    def __init__(self, subject: str, message: str) -> None:
        super().__init__(f"{subject}: {message}" if subject else message)
        self.subject = subject
        self.message = str(self)


UnavailableCause = Literal[
    "address",  # it cannot be understood
    "driver",  # the package that speaks to the server is not installed
    "host",  # its name is not known
    "server",  # nothing answers, or the connection ended
    "login",  # user or password
    "database",  # there is no such database
    "access",  # this machine, or this user from here, is not let in
    "privilege",  # the user may not do that
    "read_only",  # it takes no writes
    "encoding",  # it cannot hold all characters
    "busy",  # no connection is free
    "time",  # the server gave the request too little
    "folder",  # it cannot be made or written to
    "file",  # it cannot be read or written
    "other",
]


class Unavailable(StorageError):
    """The store cannot be opened or reached. `cause` decides the next step that a person is told."""

    kind = "storage_unavailable"

    def __init__(self, subject: str, message: str, cause: UnavailableCause = "other") -> None:
        super().__init__(subject, message)
        self.cause: UnavailableCause = cause


class NewerSchema(StorageError):
    kind = "storage_newer_schema"


class Locked(StorageError):
    kind = "storage_locked"
    retryable = True


class Replaced(StorageError):
    kind = "storage_replaced"


class PollLocked(Locked):
    """Another process holds the poll. `holder` is its name for itself, "" if it has not written it yet."""

    kind = "storage_held"

    def __init__(self, subject: str, holder: str) -> None:
        super().__init__(subject, f"the poll is held by {holder or 'another process'}")
        self.holder = holder


class Full(StorageError):
    kind = "storage_full"


class Damaged(StorageError):
    """Stored bytes are damaged. `row` is the key as text; `reason` is the message without table and row."""

    kind = "storage_damaged"

    def __init__(self, table: str, row: str, message: str) -> None:
        super().__init__(f"{table} {row}".strip(), message)
        self.table = table
        self.row = row
        self.reason = message


class StoreRefused(StorageError):
    """Nothing was written. The message says what to do instead."""

    kind = "storage_refused"


class Contradiction(StorageError):
    kind = "storage_contradiction"
