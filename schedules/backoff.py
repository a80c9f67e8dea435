"""How long to leave alone what keeps failing: a host, a job, a message, a channel. Pure.

A few failures of a host are the weather. From the sixth in a row (two requests with all their attempts) the circuit is
open: one probe after each pause, and the pauses grow to a quarter of an hour, so that a day of trouble costs about a
hundred requests and a recovery is noticed soon.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

__all__ = [
    "DELIVERY_RETRIES",
    "OPEN_AFTER",
    "last_pause",
    "longest_pause",
    "next_attempt",
    "pause_after",
    "rest_after",
    "rest_of_channel",
]

OPEN_AFTER = 6
"""Failed attempts in a row until the circuit opens."""
_PAUSES = (timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=15))
_FIRST_REST = timedelta(minutes=1)
_LONGEST_REST = timedelta(minutes=30)
DELIVERY_RETRIES = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""The pause before each attempt at a message, as Standard Webhooks 1.0.0 gives them: ten in 75 hours and 35 minutes."""
_BEYOND = timedelta(hours=1)
_JITTER = 0.2
_CHANNEL_FAILURES = 3
_CHANNEL_REST = timedelta(seconds=5)
_LONGEST_CHANNEL_REST = timedelta(minutes=1)


def pause_after(failures: int) -> timedelta | None:
    """The pause after so many failed attempts in a row; None while the circuit is closed."""
    if failures < OPEN_AFTER:
        return None
    return _PAUSES[min(failures - OPEN_AFTER, len(_PAUSES) - 1)]


def rest_after(failures: int) -> timedelta:
    """How long a job that failed so many times in a row (one at least) rests: each time twice as long, up to 30 min.

    Whatever failed may have asked the registry first: without a rest it would ask once a second.
    """
    return min(_FIRST_REST * (1 << min(failures - 1, 10)), _LONGEST_REST)


def next_attempt(attempts: int, share: float, schedule: Sequence[timedelta] = DELIVERY_RETRIES) -> timedelta | None:
    """The pause after so many attempts (one at least) that failed; None when that was the last.

    `share`, from 0 to 1, is chance: it moves the pause by up to a fifth either way, so that what failed together does
    not come back together.
    """
    if attempts >= len(schedule):
        return None
    return schedule[attempts] * (1 + _JITTER * (2 * share - 1))


def last_pause(share: float, schedule: Sequence[timedelta] = DELIVERY_RETRIES) -> timedelta:
    """The pause of what goes on beyond its schedule, for nothing else gets through either: an hour at least.

    `share`: as for `next_attempt`.
    """
    return max(schedule[-1], _BEYOND) * (1 + _JITTER * (2 * share - 1))


def longest_pause(attempts: int, schedule: Sequence[timedelta] = DELIVERY_RETRIES) -> timedelta:
    """The longest pause that `next_attempt` or `last_pause` can have given after so many attempts."""
    pause = schedule[attempts] if attempts < len(schedule) else max(schedule[-1], _BEYOND)
    return pause * (1 + _JITTER)


def rest_of_channel(failures: int) -> timedelta:
    """How long a channel that failed so many times in a row is left alone, whoever waits for it: up to a minute.

    Each message has its own schedule beside; this only keeps a thousand of them from trying a dead address one by one.
    """
    if failures < _CHANNEL_FAILURES:
        return timedelta(0)
    return min(_CHANNEL_REST * (1 << min(failures - _CHANNEL_FAILURES, 5)), _LONGEST_CHANNEL_REST)
