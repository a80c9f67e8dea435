"""Text on one line. Apart from `tracker.records.text`, whose patterns a list of titles does not need."""

from __future__ import annotations

__all__ = ["one_line"]


def one_line(text: str) -> str:
    """Return `text` on one line. For titles, names and labels: a line of its own could look like another field."""
    return " ".join(text.split())
