"""Connections to a PostgreSQL server that can only read. SQLAlchemy reads the address, as it does for `Database`."""

from __future__ import annotations

from typing import Any

import psycopg
from sqlalchemy import URL

from storage.engine.driver_errors import driver_error
from storage.engine.places import shown_place
from storage.engine.redaction import secrets_of
from storage.engine.server_session import prepare_session
from storage.errors import StorageError
from storage.reads.query import FOR_POSTGRES, FOR_POSTGRES_WITHOUT_ICU

__all__ = ["ServerSource"]


class ServerSource:
    """Connections to a database on a server."""

    path = None
    errors: tuple[type[Exception], ...] = (psycopg.Error,)
    has_schema = "SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL"

    def __init__(self, url: URL) -> None:
        self.url = shown_place(url)
        self._secrets = secrets_of(url.password, url.query)
        words, options = url.get_dialect()().create_connect_args(url)
        self._conninfo, self._options = " ".join(words), dict(options)
        self.dialect = FOR_POSTGRES

    def connect(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(self._conninfo, **self._options)
        prepare_session(connection)
        if not connection.execute("SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu'").fetchall():
            self.dialect = FOR_POSTGRES_WITHOUT_ICU
        connection.rollback()
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        return connection

    def begin(self, connection: psycopg.Connection[Any]) -> None:
        """The first statement begins the transaction."""

    def end(self, connection: psycopg.Connection[Any]) -> None:
        connection.rollback()

    def is_usable(self, connection: psycopg.Connection[Any]) -> bool:
        return not connection.broken and not connection.closed

    def check(self) -> None:
        """A database cannot be replaced while it is open."""

    def mark(self) -> None:
        """The snapshot tells all."""

    def state(self, connection: psycopg.Connection[Any], before: None) -> str:  # noqa: ARG002  (the protocol's)
        """Return which transactions the snapshot sees. It stays the same until this one ends."""
        [found] = connection.execute("SELECT txid_current_snapshot()::text").fetchall()
        return str(found[0])

    def close(self) -> None:
        """Nothing is kept open."""

    def translated(self, error: Exception) -> StorageError:
        return driver_error(error, self.url, self._secrets)
