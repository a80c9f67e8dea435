"""The one place that creates SQLAlchemy engines, with this process's one SQLite library."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event

from storage.engine.server_session import prepare_session
from storage.engine.sqlite_driver import connect, connect_memory, connect_read_only, sqlite3
from storage.engine.url import SQLITE
from storage.errors import Unavailable

__all__ = ["file_engine", "memory_engine", "server_engine", "still_engine"]

_LOOKS = 200
"""How often to look for the log before it counts as removed."""


def file_engine(path: Path, *, timeout: float, read_only: bool = False, **pool: Any) -> Engine:
    """Return an engine for an SQLite file. `timeout`: seconds to wait for another's lock.

    `read_only`: its connections can only read. `pool`: SQLAlchemy's pool options.
    """
    is_first = True

    def connected() -> sqlite3.Connection:
        nonlocal is_first
        if not is_first and _lost_its_log(path):
            # A new connection would begin a new log, and the commits in the removed one would be lost to those that
            # still have it open. They go on.
            raise Unavailable(f"{SQLITE}{path}", "its write-ahead log was removed while it is open")
        if read_only:
            connection = connect_read_only(path, immutable=False, timeout=timeout, check_same_thread=False)
        else:
            connection = connect(path, timeout=timeout, check_same_thread=False)
        is_first = False
        return connection

    return create_engine(URL.create("sqlite", database=str(path)), module=sqlite3, creator=connected, **pool)


def _lost_its_log(path: Path) -> bool:
    """Whether the store has the shared memory of its log and not the log. So it is for a moment while it is closed."""
    for _ in range(_LOOKS):
        log, shared = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
        if log.exists() or not shared.exists():
            return False
        os.sched_yield()
    return True


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
    engine = create_engine(url, pool_pre_ping=True, **pool)
    # First of all, because SQLAlchemy asks for the version of the server and takes the answer for text.
    event.listen(engine.pool, "connect", lambda connection, _record: prepare_session(connection), insert=True)
    return engine
