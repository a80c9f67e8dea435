"""Read anchors from files."""

from __future__ import annotations

from pathlib import Path

from storage.integrity.anchors import Anchor, parse
from tracker.backfill.files.streams import is_open, name_of, read_stream, stream_of
from tracker.errors import UsageError
from tracker.text_files import NotText, read_bytes, recoded

__all__ = ["read_anchor"]


_MOST_BYTES = 256 * 1024 * 1024


def read_anchor(path: Path) -> Anchor:
    """Return the anchor in a file, or in a stream that is named like one. Raise UsageError, StoreRefused or OSError."""
    stream = stream_of(path)
    try:
        data = read_bytes(path) if stream is None else _from_stream(path, stream)
        return parse(recoded(data), name_of(path))
    except NotText as error:
        raise UsageError(f"The anchor {name_of(path)} cannot be read: {error}", subject=str(path)) from error


def _from_stream(path: Path, stream: int) -> bytes:
    if not is_open(stream):
        raise UsageError(f"{name_of(path)} is not open; name the file of the anchor", subject=str(path))
    data = read_stream(stream, _MOST_BYTES)
    if len(data) > _MOST_BYTES:
        raise UsageError(f"{name_of(path)} holds more than an anchor; name the right one", subject=str(path))
    return data
