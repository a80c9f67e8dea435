"""Pauses between attempts after failures of a host, a job, a message or a channel. Pure.

A few failures of a host are normal. At the sixth in a row (two requests with all their attempts) its circuit opens.
From then on one probe is sent after each pause, and pauses grow to 15 minutes. A day of trouble costs about a hundred
requests, and a recovery is noticed soon.
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
"""Failed attempts in a row that open the circuit."""
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
"""Pause before each attempt at a message, from Standard Webhooks 1.0.0: ten attempts in 75 hours and 35 minutes."""
_BEYOND = timedelta(hours=1)
_JITTER = 0.2
_CHANNEL_FAILURES = 3
_CHANNEL_REST = timedelta(seconds=5)
_LONGEST_CHANNEL_REST = timedelta(minutes=1)


def pause_after(failures: int) -> timedelta | None:
    """Return the pause after `failures` failed attempts in a row, or None while the circuit is closed."""
    if failures < OPEN_AFTER:
        return None
    return _PAUSES[min(failures - OPEN_AFTER, len(_PAUSES) - 1)]


def rest_after(failures: int) -> timedelta:
    """Return how long a job rests after `failures` failures in a row (at least 1). It doubles, up to 30 minutes.

    The failed job may have sent requests to the registry. Without a rest it would send them once a second.
    """
    return min(_FIRST_REST * (1 << min(failures - 1, 10)), _LONGEST_REST)


def next_attempt(attempts: int, share: float, schedule: Sequence[timedelta] = DELIVERY_RETRIES) -> timedelta | None:
    """Return the pause after `attempts` failed attempts (at least 1), or None if that was the last one.

    `share` is a random number from 0 to 1. It changes the pause by up to 20 % either way, so messages that failed
    together are not retried together.
    """
    if attempts >= len(schedule):
        return None
    return schedule[attempts] * (1 + _JITTER * (2 * share - 1))


def last_pause(share: float, schedule: Sequence[timedelta] = DELIVERY_RETRIES) -> timedelta:
    """Return the pause for a message that is retried beyond its schedule: at least one hour.

    This happens when the whole channel is down. `share` is the same as for `next_attempt`.
    """
    return max(schedule[-1], _BEYOND) * (1 + _JITTER * (2 * share - 1))


def longest_pause(attempts: int, schedule: Sequence[timedelta] = DELIVERY_RETRIES) -> timedelta:
    """Return the longest pause that `next_attempt` or `last_pause` can return after `attempts` attempts."""
    pause = schedule[attempts] if attempts < len(schedule) else max(schedule[-1], _BEYOND)
    return pause * (1 + _JITTER)


def rest_of_channel(failures: int) -> timedelta:
    """Return how long to leave a channel alone after `failures` failures in a row: up to one minute.

    Each message also has its own schedule. This pause keeps a thousand messages from trying a dead address one by one.
    """
    if failures < _CHANNEL_FAILURES:
        return timedelta(0)
    return min(_CHANNEL_REST * (1 << min(failures - _CHANNEL_FAILURES, 5)), _LONGEST_CHANNEL_REST)
