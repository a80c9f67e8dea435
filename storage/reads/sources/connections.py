"""Connections that can only read: what a door does in the terms of one database. No SQLAlchemy for a file."""

from __future__ import annotations

import threading
from collections.abc import Collection, Hashable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from storage.engine.driver_errors import driver_error
from storage.engine.sqlite_driver import PATIENCE_SECONDS, connect_read_only, sqlite3
from storage.engine.url import SQLITE
from storage.errors import StorageError
from storage.files.file_identity import FileIdentity, identity, refuse_replaced
from storage.files.read_only import is_still
from storage.reads.query import FOR_SQLITE, Dialect

__all__ = ["FileSource", "Source"]


class Source(Protocol):
    """Where connections come from."""

    #: The address without secrets.
    url: str
    dialect: Dialect
    #: What the driver raises.
    errors: tuple[type[Exception], ...]
    #: The text of a query for whether the store has a schema.
    has_schema: str

    @property
    def path(self) -> Path | None:
        """The file of the store; None for one on a server."""

    def connect(self) -> Any: ...
    def begin(self, connection: Any) -> None: ...
    def end(self, connection: Any) -> None:
        """End the transaction. Nothing is stored."""

    def is_usable(self, connection: Any) -> bool:
        """Whether a connection that failed may be used again."""

    def check(self) -> None:
        """Raise Replaced if the store is no longer the one that was opened."""

    def mark(self) -> Any:
        """Return what `state` needs to know from before the transaction."""

    def state(self, connection: Any, before: Any) -> Hashable:
        """Return what tells the state of the store that a transaction sees from all others. None if that is not known.

        `before`: the mark from before the transaction.
        """

    def close(self) -> None: ...
    def translated(self, error: Exception) -> StorageError: ...


class FileSource:
    """Connections to an SQLite file."""

    dialect = FOR_SQLITE
    errors: tuple[type[Exception], ...] = (sqlite3.Error,)
    has_schema = "SELECT name FROM sqlite_schema WHERE name = 'alembic_version'"

    def __init__(self, path: Path) -> None:
        self.url = f"{SQLITE}{path}"
        self.path = path
        self._is_still = is_still(path)
        self._file = _identity(path)
        self._watcher: sqlite3.Connection | None = None
        self._guard = threading.Lock()

    def connect(self) -> sqlite3.Connection:
        connection = connect_read_only(self.path, immutable=self._is_still, check_same_thread=False)
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE_SECONDS * 1000:.0f}")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}")
        connection.execute("PRAGMA query_only = ON")
        connection.create_function("lower_all", 1, _lower, deterministic=True)
        return connection

    def begin(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN")

    def end(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.execute("ROLLBACK")

    def is_usable(self, connection: sqlite3.Connection) -> bool:  # noqa: ARG002  (a file does not go away like a server)
        return False

    def check(self) -> None:
        refuse_replaced(self.path, self._file, self.url)

    def mark(self) -> Any:
        """Return a number that is another one after each commit. Only numbers of one connection can be compared."""
        with self._guard:
            try:
                if self._watcher is None:
                    self._watcher = self.connect()
                return self._watcher.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.Error:
                self._forget_watcher()
                return None

    def state(self, connection: sqlite3.Connection, before: Any) -> Hashable:  # noqa: ARG002  (the protocol's)
        # Nothing was committed from before the transaction began until now, so it sees the state with this number.
        return before if before is not None and before == self.mark() else None

    def close(self) -> None:
        with self._guard:
            self._forget_watcher()

    def _forget_watcher(self) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            with suppress(sqlite3.Error):
                watcher.close()

    def translated(self, error: Exception, secrets: Collection[str] = ()) -> StorageError:
        return driver_error(error, self.url, secrets, self.path)


_CACHE_KIBIBYTES = 16_384
"""Memory for the pages of a file, for each connection."""


def _identity(path: Path) -> FileIdentity | None:
    try:
        return identity(path)
    except OSError:
        return None  # SQLite gives a better error


def _lower(text: Any) -> Any:
    return text.lower() if isinstance(text, str) else text
