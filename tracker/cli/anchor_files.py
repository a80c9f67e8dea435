"""Read anchors from files."""

from __future__ import annotations

from pathlib import Path

from storage.integrity.anchors import Anchor, parse
from tracker.errors import UsageError
from tracker.text_files import NotText, read_bytes, recoded

__all__ = ["read_anchor"]


def read_anchor(path: Path) -> Anchor:
    try:
        return parse(recoded(read_bytes(path)), str(path))
    except NotText as error:
        raise UsageError(f"The anchor {path} cannot be read: {error}", subject=str(path)) from error
