"""Detects that the machine's clock was set while the program ran. Pure: callers pass the readings in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["LEAP", "SET_BACK", "UNSETTLED_SECONDS", "ClockWatch", "Every"]

SET_BACK = timedelta(minutes=1)
"""A clock that is this far behind the latest instant it showed was set back."""
LEAP = timedelta(days=300)
"""A clock that moves ahead this far between two readings was set, perhaps wrongly."""
UNSETTLED_SECONDS = 24 * 3600.0
"""For this long after a leap, skip work that is only due because of the date."""


@dataclass(slots=True)
class ClockWatch:
    """Remembers the latest instant the clock has shown, and its last leap ahead."""

    _latest: datetime | None = None
    _last: datetime | None = None
    _leapt_from: datetime | None = None
    _leapt_at: float = 0.0

    def see(self, now: datetime, stopwatch: float) -> timedelta:
        """Return how far the clock is behind the latest instant it has shown if it was set back, else zero.

        Many small steps back add up. The answer stays the same until `accept`.
        """
        if self._last is not None and now - self._last > LEAP:
            self._leapt_from, self._leapt_at = self._last, stopwatch
        self._last = now
        self._latest = max(now, self._latest or now)
        behind = self._latest - now
        return behind if behind > SET_BACK else timedelta(0)

    def accept(self, now: datetime) -> None:
        """Accept the clock as it is now, after the caller has reacted to a clock that was set back."""
        self._latest = now

    def is_unsettled(self, now: datetime, stopwatch: float) -> bool:
        """Return whether the clock leapt ahead within the last day (by the stopwatch) and is still ahead."""
        if self._leapt_from is None:
            return False
        if now < self._leapt_from + LEAP or stopwatch - self._leapt_at >= UNSETTLED_SECONDS:
            # The clock was corrected, or a day has passed and the new date is believed.
            self._leapt_from = None
        return self._leapt_from is not None


@dataclass(slots=True)
class Every:
    """Something to do every `seconds`, and once at the start.

    It is due as soon as either the clock or the stopwatch says so. So tests can drive it with the clock, and a clock
    that was set back does not delay it.
    """

    seconds: float
    _after: float | None = None
    _done: datetime | None = None
    _done_at: float = 0.0

    def is_due(self, now: datetime, stopwatch: float) -> bool:
        if self._done is None or self._after is None:
            return True
        # abs(): a clock that was set back counts as time that has passed.
        return max(abs((now - self._done).total_seconds()), stopwatch - self._done_at) >= self._after

    def done(self, now: datetime, stopwatch: float, *, again_after: float | None = None) -> None:
        """Record a run at `now`. The next one is due after `again_after` seconds, or after `seconds` if None."""
        self._done, self._done_at = now, stopwatch
        self._after = self.seconds if again_after is None else again_after
