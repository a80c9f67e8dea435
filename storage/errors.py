"""Everything that can go wrong in `storage`, as one tree.

    StorageError            message, subject (the database, a table and row, a holder)
    ├── Unavailable         the database cannot be opened or reached; nothing was done
    ├── NewerSchema         written by a newer program; nothing was touched
    ├── Locked              another writer kept the lock longer than our patience; asking again later may help
    │   └── Held            another process holds the poll; `holder` is what it says of itself
    ├── Full                no space left; what was under way was rolled back
    ├── Replaced            the file we opened is no longer at its place; nothing more is written to it
    ├── Damaged             stored bytes are not what was stored: names table and row
    ├── Refused             a file that may not be written there, or not be taken for what it is said to be
    └── Contradiction       the rows offered contradict each other or what is stored; a mistake of the caller

What SQLAlchemy and the drivers raise is turned into these at one boundary, `Database.read` and `Database.write`.
"""

from __future__ import annotations

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
]


class StorageError(Exception):
    """Root of the tree. `message` is one plain sentence that begins with `subject`."""

    kind = "storage"
    retryable = False

    def __init__(self, subject: str, message: str) -> None:
        super().__init__(f"{subject}: {message}" if subject else message)
        self.subject = subject
        self.message = str(self)


class Unavailable(StorageError):
    kind = "storage_unavailable"


class NewerSchema(StorageError):
    kind = "storage_newer_schema"


class Locked(StorageError):
    kind = "storage_locked"
    retryable = True


class Replaced(StorageError):
    kind = "storage_replaced"


class PollLocked(Locked):
    """The poll is taken. `holder` is the text the holder gave, "" when it had not yet written it."""

    kind = "storage_held"

    def __init__(self, subject: str, holder: str) -> None:
        super().__init__(subject, f"the poll is held by {holder or 'another process'}")
        self.holder = holder


class Full(StorageError):
    kind = "storage_full"


class Damaged(StorageError):
    """`table` and `row` say where; `row` is the key as text. `reason` is the message without them."""

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
