"""Which trials of an answer have a version that cannot be read."""

from __future__ import annotations

from collections.abc import Iterable

from tracker.errors import RecordError

__all__ = ["unread_trials"]


def unread_trials(left_out: Iterable[RecordError]) -> list[str]:
    """Return the trials with a version that cannot be read, each once."""
    return sorted({it.subject for it in left_out})
