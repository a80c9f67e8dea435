"""The only reader of time in the program, and the only place that sleeps or draws jitter.

Everything else takes ``now`` as an argument. Three clocks share one shape: the real one; one that reads its instant
from a file (for tests that drive whole programs through months in seconds); and one moved by hand (for the demo).
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

__all__ = ["Clock", "ClockError", "FileClock", "ManualClock", "SystemClock"]


class ClockError(Exception):
    """The test clock's file does not hold one instant; names the file and what it holds."""


class Clock(Protocol):
    """What the program may ask about time."""

    def now(self) -> datetime:
        """The current instant, aware, UTC, whole microseconds."""
        ...

    def pause(self, seconds: float) -> None:
        """Block this thread for `seconds` of real time. Only for short waits (throttle, jitter), not for schedules."""
        ...

    def stopwatch(self) -> float:
        """Seconds that never run backwards, for deadlines within one step; their zero means nothing."""
        ...

    def jitter(self, seconds: float) -> float:
        """A random share of `seconds`, from 0 to all of it."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def pause(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)

    def stopwatch(self) -> float:
        return time.monotonic()

    def jitter(self, seconds: float) -> float:
        return random.uniform(0, seconds)


class FileClock(SystemClock):
    """Reads its instant from a file at every look. Pauses stay real: a program under test is polite to its peer."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        try:
            text = self.path.read_text(encoding="utf-8").strip()
            instant = datetime.fromisoformat(text)
            return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
        except (OSError, ValueError, OverflowError) as error:
            raise ClockError(f"{self.path}: the test clock must hold one ISO 8601 instant ({error})") from error


class ManualClock(SystemClock):
    """Stands still until it is moved. For replays inside one process."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def move_to(self, instant: datetime) -> None:
        self._now = instant.astimezone(UTC)

    def advance(self, delta: timedelta) -> None:
        self._now += delta
