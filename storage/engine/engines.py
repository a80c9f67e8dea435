"""The one place where SQLAlchemy is given a database, and with it the SQLite library of this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine

from storage.engine.sqlite_driver import connect, connect_memory, connect_read_only, sqlite3

__all__ = ["file_engine", "memory_engine", "server_engine", "still_engine"]


def file_engine(path: Path, *, timeout: float) -> Engine:
    """For an SQLite file. `timeout`: seconds to wait for the lock of another."""
    return create_engine(
        URL.create("sqlite", database=str(path)),
        module=sqlite3,
        creator=lambda: connect(path, timeout=timeout, check_same_thread=False),
    )


def memory_engine() -> Engine:
    """For a database that lives as long as one connection of this engine."""
    return create_engine(URL.create("sqlite"), module=sqlite3, creator=connect_memory)


def still_engine(path: Path) -> Engine:
    """For an SQLite file that nobody can write to: it takes no locks."""

    def connected() -> sqlite3.Connection:
        connection = connect_read_only(path, immutable=True, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    return create_engine(URL.create("sqlite", database=str(path)), module=sqlite3, creator=connected)


def server_engine(url: URL, **pool: Any) -> Engine:
    """For a PostgreSQL server; a connection is tried before it is used. `pool`: what SQLAlchemy calls `pool_size` etc.

    Raises ModuleNotFoundError, ArgumentError.
    """
    return create_engine(url, pool_pre_ping=True, **pool)
