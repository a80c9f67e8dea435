"""How long to leave alone what keeps failing: a host, a job. Pure.

A few failures of a host are the weather. From the sixth in a row (two requests with all their attempts) the circuit is
open: one probe after each pause, and the pauses grow to a quarter of an hour, so that a day of trouble costs about a
hundred requests and a recovery is noticed soon.
"""

from __future__ import annotations

from datetime import timedelta

__all__ = ["OPEN_AFTER", "pause_after", "rest_after"]

OPEN_AFTER = 6
"""Failed attempts in a row until the circuit opens."""
_PAUSES = (timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=15))
_FIRST_REST = timedelta(minutes=1)
_LONGEST_REST = timedelta(minutes=30)


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
