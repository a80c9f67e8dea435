"""Checks for instants that were written while the clock was wrong. Pure.

If the clock ran ahead and was set back, the store holds instants from the future. They are recognized by being too far
ahead. One minute of difference is allowed between machines that share a store.
"""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["SKEW", "is_recent", "not_after"]

SKEW = timedelta(minutes=1)


def is_recent(then: datetime, now: datetime, span: timedelta) -> bool:
    """Return whether `then` is less than `span` ago. An instant in the future (beyond `SKEW`) is not recent."""
    return -SKEW <= now - then < span


def not_after(then: datetime, now: datetime) -> datetime:
    """Return `then`, or `now` if `then` is in the future. For the start of something that has already begun."""
    return min(then, now)
