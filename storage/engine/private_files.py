"""Folders and files that only their owner can read, from the first byte on.

A store holds the addresses of those who are told, and what follows from it holds them too. What is there already is
left as it is: somebody may have shared it on purpose.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

__all__ = ["FILE_MODE", "FOLDER_MODE", "make_file", "make_folder", "opener", "readable_by_others"]

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_OTHERS = 0o077

_making = threading.Lock()


def make_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing. Raises OSError."""
    missing = [it for it in (path, *path.parents) if not it.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    path.mkdir(exist_ok=True)  # says what is wrong with a path that is no folder


def make_file(path: Path) -> None:
    """Make an empty file where SQLite is about to make one: SQLite's own could be read by all.

    What SQLite lays beside a file (-wal, -shm, -journal) gets the file's own mode. A file that cannot be made is left
    to SQLite, whose error says more.
    """
    target = Path(os.path.realpath(path))  # SQLite follows a link to a file that is not there yet
    # One thread at a time, and never on a file that is there: closing any handle on a database drops SQLite's locks.
    with _making, suppress(OSError):
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE))


def opener(name: str, flags: int) -> int:
    """For `open`: a file that is made by it can be read by its owner only."""
    return os.open(name, flags | os.O_CLOEXEC, FILE_MODE)


def readable_by_others(path: Path) -> bool:
    """Whether users other than the owner may read or change what is at `path`; False when nothing is there."""
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False
