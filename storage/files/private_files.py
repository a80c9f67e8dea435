"""Create files and folders that only their owner can read, from the first byte on.

A store holds the mail addresses of recipients, and so do its backups. Existing files keep their mode, because somebody
may have shared them on purpose.
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
    """Create a folder and its missing parents. Raise OSError."""
    missing = [it for it in (path, *path.parents) if not it.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    path.mkdir(exist_ok=True)  # raises a clear error if the path is not a folder


def make_file(path: Path) -> None:
    """Create an empty file before SQLite does, because SQLite would make it readable for all.

    SQLite's side files (-wal, -shm, -journal) get the mode of this file. If it cannot be created, SQLite tries, and
    gives a better error.
    """
    target = Path(os.path.realpath(path))  # SQLite follows a link to a file that does not exist yet
    # One thread at a time, and never on an existing file: closing any handle on a database drops SQLite's locks.
    with _making, suppress(OSError):
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE))


def opener(name: str, flags: int) -> int:
    """An opener for `open`: files it creates can be read by their owner only."""
    return os.open(name, flags | os.O_CLOEXEC, FILE_MODE)


def readable_by_others(path: Path) -> bool:
    """Whether users other than the owner may read or change the file. False if there is none."""
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False
