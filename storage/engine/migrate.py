"""Migrate a store's schema with Alembic. Imported only when there is something to migrate."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from storage.canonical import CANONICAL
from storage.engine.bulk import table_of
from storage.tables.models import StoreRow

__all__ = ["config", "migrate"]

_ADVISORY_LOCK = 0x74776D69  # "twmi"


def migrate(connection: Connection, now: datetime | None) -> None:
    """Apply missing migrations in the caller's transaction, and add the row of the store if there is none.

    Two processes may get here at once. The second one waits and then finds nothing to do.
    """
    # On SQLite, the BEGIN IMMEDIATE of the caller has the same effect.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    command.upgrade(config(connection), "head")
    store = table_of(StoreRow)
    if connection.execute(store.select()).first() is None:
        connection.execute(store.insert(), _first_row(now))


def config(connection: Connection) -> Config:
    """Return Alembic's configuration for an open connection. There is no ini file."""
    made = Config()
    made.set_main_option("script_location", "storage:migrations")
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def _first_row(now: datetime | None) -> dict[str, object]:
    return {
        "id": 1,
        "store_id": str(uuid4()),
        "created_at": now,
        "seq": 0,
        "event_head": "",
        "canonical": CANONICAL,
    }
