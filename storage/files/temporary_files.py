"""Temporary files and folders next to a target, and the removal of those that killed processes left behind.

The process that works on one holds an advisory lock on it, which the system drops when the process ends. So a file with
one of our names that belongs to our user and is not locked is a leftover. The next process that works in the same place
removes it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from tempfile import mkdtemp

from storage.files.private_files import FILE_MODE

__all__ = ["working_file", "working_folder"]

_SIDES = ("", "-wal", "-shm", "-journal")
"""The suffixes of an SQLite file and its side files."""
_STORE = {f"store.db{end}" for end in _SIDES}


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Yield whether the lock was taken. False if another holds it, or if the file is gone or cannot be locked."""
    try:
        # The name may be taken by a link or a FIFO of another user. Do not follow the one or wait for the other.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        yield False
        return
    try:
        # Check the name after locking: the file may have been replaced between the two.
        yield _taken(handle) and _is_at(handle, path)
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_at(handle: int, path: Path) -> bool:
    """Whether the name still leads to the opened file, and it is a plain file or folder of our user."""
    try:
        found, there = os.fstat(handle), path.lstat()
    except OSError:
        return False
    plain = S_ISREG(found.st_mode) or S_ISDIR(found.st_mode)
    return plain and found.st_uid == os.geteuid() and (found.st_dev, found.st_ino) == (there.st_dev, there.st_ino)


@contextmanager
def working_folder(place: Path, prefix: str) -> Iterator[Path]:
    """Yield a folder in `place` for a store file `store.db`, and remove it after the block. Remove leftovers first."""
    _clear_dead_folders(place, prefix)
    made = Path(mkdtemp(prefix=f"{prefix}new-", dir=place))
    with _locked(made):  # before it gets the name by which others recognize leftovers
        room = made.rename(place / made.name.replace("new-", ""))
        try:
            yield room
        finally:
            shutil.rmtree(room, ignore_errors=True)


@contextmanager
def working_file(place: Path, start: str) -> Iterator[Path]:
    """Yield an empty file in `place` whose name begins with `start`, and remove it after the block.

    Remove leftovers first.
    """
    _clear_dead_parts(place, start)
    part = place / f"{start}.{os.getpid()}.part"
    # Create it under another name and rename it once it is locked. Otherwise another process could take it for a
    # leftover in between.
    made = part.with_suffix(".new")
    _clear_part(part)
    made.unlink(missing_ok=True)
    os.close(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE))
    with _locked(made):
        made.rename(part)
        try:
            yield part
        finally:
            _clear_part(part)


def _clear_dead_folders(place: Path, prefix: str) -> None:
    name = re.compile(re.escape(prefix) + r"\w{8}")
    for room in [it for it in place.iterdir() if name.fullmatch(it.name)]:
        with _locked(room) as dead, suppress(OSError):
            # Delete only what can be ours: a folder with a store file and its side files.
            if dead and {it.name for it in room.iterdir()} <= _STORE:
                shutil.rmtree(room)


def _clear_dead_parts(place: Path, start: str) -> None:
    """Remove leftover files named `start`, a process id, and "part"."""
    name = re.compile(re.escape(start) + r"\.\d+\.part")
    for part in [it for it in place.iterdir() if name.fullmatch(it.name)]:
        with _locked(part) as dead, suppress(OSError):
            if dead:
                _clear_part(part)


def _clear_part(part: Path) -> None:
    """Remove a temporary file and its SQLite side files."""
    for end in _SIDES:
        part.with_name(part.name + end).unlink(missing_ok=True)
