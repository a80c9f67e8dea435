"""The write-ahead log beside an SQLite file."""

from __future__ import annotations

from pathlib import Path

__all__ = ["log_bytes"]


def log_bytes(database: Path) -> int:
    """Return the size of the write-ahead log of a file in bytes; 0 if there is none."""
    try:
        return database.with_name(f"{database.name}-wal").stat().st_size
    except OSError:
        return 0
