"""Whether the machine's clock was set while we ran. Pure: it is told what clock and stopwatch say, and remembers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["LEAP", "SET_BACK", "UNSETTLED_SECONDS", "ClockWatch", "Every"]

SET_BACK = timedelta(minutes=1)
"""A clock that shows this much less than it has shown before was set back."""
LEAP = timedelta(days=300)
"""A clock that goes ahead by this much between two looks was set, and perhaps wrongly."""
UNSETTLED_SECONDS = 24 * 3600.0
"""For so long after a leap, nothing is done that only the date asks for."""


@dataclass(slots=True)
class ClockWatch:
    """Remembers the latest instant a clock has shown, and its last leap ahead."""

    _latest: datetime | None = None
    _last: datetime | None = None
    _leapt_from: datetime | None = None
    _leapt_at: float = 0.0

    def see(self, now: datetime, stopwatch: float) -> timedelta:
        """How far the clock is behind the latest instant it has shown, when it was set back; zero when it was not.

        Many small steps back count as one large one. The answer stays the same until `accept`.
        """
        if self._last is not None and now - self._last > LEAP:
            self._leapt_from, self._leapt_at = self._last, stopwatch
        self._last = now
        self._latest = max(now, self._latest or now)
        behind = self._latest - now
        return behind if behind > SET_BACK else timedelta(0)

    def accept(self, now: datetime) -> None:
        """What follows from a clock that was set back has been done."""
        self._latest = now

    def is_unsettled(self, now: datetime, stopwatch: float) -> bool:
        """Whether the clock leapt ahead within the last day (by the stopwatch) and was not set right since."""
        if self._leapt_from is None:
            return False
        if now < self._leapt_from + LEAP or stopwatch - self._leapt_at >= UNSETTLED_SECONDS:
            self._leapt_from = None
        return self._leapt_from is not None


@dataclass(slots=True)
class Every:
    """Something done every `seconds`, the first time at once, by whichever of clock and stopwatch says so first.

    A driven clock is obeyed so, and one that was set back keeps nobody waiting.
    """

    seconds: float
    _after: float | None = None
    _done: datetime | None = None
    _done_at: float = 0.0

    def is_due(self, now: datetime, stopwatch: float) -> bool:
        if self._done is None or self._after is None:
            return True
        return max(abs((now - self._done).total_seconds()), stopwatch - self._done_at) >= self._after

    def done(self, now: datetime, stopwatch: float, *, again_after: float | None = None) -> None:
        """Not due before `seconds` have passed, or `again_after`."""
        self._done, self._done_at = now, stopwatch
        self._after = self.seconds if again_after is None else again_after
