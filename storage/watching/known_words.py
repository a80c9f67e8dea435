"""Ids and tags of an SQLite store for the completion of a shell: read quickly, and never waited for.

This opens the file alone, without SQLAlchemy, migrations or the creation of a store.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from storage.engine.sqlite_driver import connect_read_only, sqlite3

__all__ = ["stored_ids", "stored_tags"]

_AT_MOST = 200
_TRIALS = "SELECT trial, title FROM trial WHERE trial >= ? AND trial < ? ORDER BY trial LIMIT ?"
_TAGS = "SELECT DISTINCT tag FROM tag WHERE tag >= ? AND tag < ? ORDER BY tag LIMIT ?"
_LAST = "\U0010ffff"


def stored_ids(path: Path, start: str) -> list[tuple[str, str]]:
    """Return ids that begin with `start`, with their titles, 200 at most. Empty if the store cannot be read at once."""
    return [(str(trial), str(title)) for trial, title in _rows(path, _TRIALS, start)]


def stored_tags(path: Path, start: str) -> list[str]:
    """Return tags that begin with `start`, 200 at most. Empty if the store cannot be read at once."""
    return [str(tag) for [tag] in _rows(path, _TAGS, start)]


def _rows(path: Path, query: str, start: str) -> Iterator[tuple[str, ...]]:
    try:
        with closing(connect_read_only(path, immutable=False)) as connection:
            connection.execute("PRAGMA busy_timeout = 0")
            yield from connection.execute(query, (start, start + _LAST, _AT_MOST)).fetchall()
    except sqlite3.Error:
        return
