"""Instants that a clock wrote which was ahead, and has been set back since. Pure.

A plan further ahead than its longest delay, or a past that is still to come, was written by such a clock. A minute is
allowed between the clocks of machines that share a store.
"""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["SKEW", "is_recent", "not_after"]

SKEW = timedelta(minutes=1)


def is_recent(then: datetime, now: datetime, span: timedelta) -> bool:
    """Whether `then` lies less than `span` back. What is still to come does not."""
    return -SKEW <= now - then < span


def not_after(then: datetime, now: datetime) -> datetime:
    """When something began, that cannot have begun after `now`."""
    return min(then, now)
