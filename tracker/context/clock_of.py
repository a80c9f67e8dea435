"""The clock that the settings name."""

from __future__ import annotations

from schedules.clock import Clock, FileClock, SystemClock
from tracker.config.settings import Settings

__all__ = ["clock_of"]


def clock_of(settings: Settings) -> Clock:
    """Return the clock that the settings name: the machine's, or one that a test controls."""
    return FileClock(settings.test_clock) if settings.test_clock else SystemClock()
