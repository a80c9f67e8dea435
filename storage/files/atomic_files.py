"""Write files that are either complete or absent: next to the target, synced, and then renamed over it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import StoreRefused
from storage.files.temporary_files import working_file

__all__ = ["place_for", "placed", "sync", "write_whole"]

_LONGEST_NAME = 200
"""How many characters of a name go into the name of its temporary file. A file system allows 255 bytes."""


def place_for(path: Path, *, force: bool) -> Path:
    """Return `path` if a file may be written there.

    Raise StoreRefused unless it is a new plain file in an existing folder.

    `force` allows replacing a plain file. Symbolic links and folders are always refused.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise StoreRefused(str(path), "it is not a plain file; name another")
    if path.is_symlink():
        raise StoreRefused(str(path), "it is a symbolic link; name the file itself")
    if path.is_dir():
        raise StoreRefused(str(path), "it is a folder; name a file in it")
    if not path.parent.is_dir():
        raise StoreRefused(str(path), "its folder does not exist; create it first")
    if path.exists() and not force:
        raise StoreRefused(str(path), "it exists already; name another, or add --force to replace it")
    return path


@contextmanager
def placed(path: Path, *, force: bool) -> Iterator[Path]:
    """Yield a temporary file next to `path`. On success, fsync and rename it over `path`; on error, delete it.

    Raise StoreRefused as `place_for` does, before the block and after it, because another process may have made the
    file meanwhile. Also remove temporary files of processes that were killed.
    """
    place_for(path, force=force)
    with working_file(path.parent, f".{path.name[-_LONGEST_NAME:]}") as beside:
        yield beside
        sync(beside)
        place_for(path, force=force)
        beside.replace(path)
        # The rename itself is durable only when the folder is synced too.
        sync(path.parent)


def write_whole(path: Path, data: bytes, *, force: bool) -> None:
    """Write a small file in one piece. Raise StoreRefused or OSError."""
    with placed(path, force=force) as beside:
        beside.write_bytes(data)


def sync(path: Path) -> None:
    """Flush a file, or the list of names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
