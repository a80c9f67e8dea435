"""The one place that creates SQLAlchemy engines, with this process's one SQLite library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine

from storage.engine.sqlite_driver import connect, connect_memory, connect_read_only, sqlite3

__all__ = ["file_engine", "memory_engine", "server_engine", "still_engine"]


def file_engine(path: Path, *, timeout: float) -> Engine:
    """Return an engine for an SQLite file. `timeout`: seconds to wait for another's lock."""
    return create_engine(
        URL.create("sqlite", database=str(path)),
        module=sqlite3,
        creator=lambda: connect(path, timeout=timeout, check_same_thread=False),
    )


def memory_engine() -> Engine:
    """Return an engine for an in-memory database that lives as long as its connection."""
    return create_engine(URL.create("sqlite"), module=sqlite3, creator=connect_memory)


def still_engine(path: Path) -> Engine:
    """Return an engine for an SQLite file that cannot be written. It takes no locks."""

    def connected() -> sqlite3.Connection:
        connection = connect_read_only(path, immutable=True, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    return create_engine(URL.create("sqlite", database=str(path)), module=sqlite3, creator=connected)


def server_engine(url: URL, **pool: Any) -> Engine:
    """Return an engine for a PostgreSQL server.

    Each connection is tested before use. `pool`: SQLAlchemy's pool options.

    Raise ModuleNotFoundError or ArgumentError.
    """
    return create_engine(url, pool_pre_ping=True, **pool)
