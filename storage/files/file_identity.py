"""Which file a path leads to, so that a removed or replaced one is noticed while it is open."""

from __future__ import annotations

from pathlib import Path

from storage.errors import Replaced

__all__ = ["FileIdentity", "identity", "refuse_replaced"]

FileIdentity = tuple[int, int]
"""Device and inode."""


def identity(path: Path | None) -> FileIdentity | None:
    """Return device and inode of the file at `path`, or None if there is none.

    Raise OSError if that cannot be found out.
    """
    if path is None:
        return None
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def refuse_replaced(path: Path | None, opened: FileIdentity | None, subject: str) -> None:
    """Raise Replaced if the opened file is no longer at its path, because no other process would see it."""
    try:
        found = identity(path)
    except OSError:
        return  # SQLite gives a better error
    if opened is None or found == opened:
        return
    what = "it was removed" if found is None else "another file was put in its place"
    raise Replaced(subject, f"{what} while this process had it open, and nothing more is written to the old one")
