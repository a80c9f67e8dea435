"""Whether a daemon runs on a store, and which process it is. No SQLAlchemy for a file."""

from __future__ import annotations

from pathlib import Path

from storage.errors import PollLocked
from storage.files.file_locks import file_daemon_lock
from storage.reads.health import daemons
from storage.reads.row_reader import RowReader

__all__ = ["is_running", "last_daemon", "running_daemon"]


def running_daemon(reader: RowReader, path: Path | None) -> str | None:
    """Return the process that is the daemon of this store now, None if none is. `path`: its file, None on a server."""
    return last_daemon(reader) if is_running(reader, path) else None


def last_daemon(reader: RowReader) -> str:
    """Return the process that became the daemon of this store last. If a daemon is running, it is this one."""
    found = reader.first(daemons.HOLDER)
    return found.holder if found else ""


def is_running(reader: RowReader, path: Path | None) -> bool:
    """Whether a process is this store's daemon now. Takes the lock of a file for a moment to find out."""
    if path is None:
        return reader.one(daemons.SERVER_LOCK_IS_HELD).found
    try:
        with file_daemon_lock(path, lambda: False):
            return False
    except PollLocked:
        return True
