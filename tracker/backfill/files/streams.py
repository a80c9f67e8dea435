"""Open streams that are named like files: standard input, and what a shell passes for `<(...)`.

A pipe in the file system is none of them. It may have no writer, and then reading it never ends.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["STDIN", "is_open", "name_of", "read_stream", "stream_of"]

STDIN = 0
_NAMES_OF_STDIN = ("-", "/dev/stdin")
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/([0-9]{1,6})", re.ASCII)


def stream_of(path: Path) -> int | None:
    """Return the descriptor that a path names. None for a path of the file system."""
    text = str(path)
    if text in _NAMES_OF_STDIN:
        return STDIN
    found = _DESCRIPTOR.fullmatch(text)
    return int(found[1]) if found else None


def name_of(path: Path) -> str:
    """Return what to call the source of a path."""
    return "standard input" if stream_of(path) == STDIN else str(path)


def is_open(descriptor: int) -> bool:
    """Return whether the descriptor was open when the program started.

    What the program opens itself is not inheritable. It must not be touched: closing a copy drops the locks of a store.
    """
    try:
        return os.get_inheritable(descriptor)
    except OSError:
        return False


def read_stream(descriptor: int, most: int) -> bytes:
    """Return the bytes of a stream up to its end, at most one more than `most`. Raise OSError."""
    with os.fdopen(os.dup(descriptor), "rb") as file:
        os.set_blocking(file.fileno(), True)  # otherwise a slow writer would look like the end
        return file.read(most + 1)
