"""Files that are whole or not there: written beside their place, synced, and then renamed into it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.engine.temporary_files import working_file
from storage.errors import StoreRefused

__all__ = ["place_for", "placed", "sync", "write_whole"]

_LONGEST_NAME = 200
"""Of a name so much goes into that of the file beside it: a file system takes 255 bytes."""


def place_for(path: Path, *, force: bool) -> Path:
    """Where a file named `path` may be written. Raises Refused for what is no plain new file in a folder that is there.

    `force` lets an existing plain file be replaced; nothing lets a link be followed or a folder be written over.
    """
    if path.is_symlink():
        raise StoreRefused(str(path), "it is a symbolic link; name the file itself")
    if path.is_dir():
        raise StoreRefused(str(path), "it is a folder; name a file in it")
    if not path.parent.is_dir():
        raise StoreRefused(str(path), "its folder is not there; make it first")
    if path.exists() and not path.is_file():
        raise StoreRefused(str(path), "it is no plain file; name another")
    if path.exists() and not force:
        raise StoreRefused(str(path), "it exists already; name another, or add --force to replace it")
    return path


@contextmanager
def placed(path: Path, *, force: bool) -> Iterator[Path]:
    """A new empty file beside `path` to write to; it becomes `path` at the end of the block, and goes when that raises.

    Raises Refused as `place_for` does, before and after: somebody else may have been quicker. What a process that was
    killed left of such a file is cleared away.
    """
    place_for(path, force=force)
    with working_file(path.parent, f".{path.name[-_LONGEST_NAME:]}") as beside:
        yield beside
        sync(beside)
        place_for(path, force=force)
        beside.replace(path)
        sync(path.parent)


def write_whole(path: Path, data: bytes, *, force: bool) -> None:
    """Write a small file. Raises Refused, OSError."""
    with placed(path, force=force) as beside:
        beside.write_bytes(data)


def sync(path: Path) -> None:
    """Have the disk keep a file, or a folder's list of names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
