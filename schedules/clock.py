"""The only module that reads time, sleeps or draws jitter.

All other modules take `now` as an argument. Three clocks share one interface. `SystemClock` is the real one.
`FileClock` reads its instant from a file, for tests that drive whole programs through months in seconds. `ManualClock`
is moved by hand, for the demo.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

__all__ = ["Clock", "ClockError", "FileClock", "ManualClock", "SystemClock"]


class ClockError(Exception):
    """The file of the test clock does not hold exactly one instant. The message names the file and its content."""


class Clock(Protocol):
    """The interface of every clock."""

    def now(self) -> datetime:
        """Return the current instant: aware, UTC, with microseconds."""
        ...

    def pause(self, seconds: float) -> None:
        """Block this thread for `seconds` of real time. For short waits (throttle, jitter), not for schedules."""
        ...

    def stopwatch(self) -> float:
        """Return seconds from an arbitrary zero that never run backwards. For deadlines within one step."""
        ...

    def jitter(self, seconds: float) -> float:
        """Return a random number of seconds from 0 to `seconds`."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def pause(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)

    def stopwatch(self) -> float:
        return time.monotonic()

    def jitter(self, seconds: float) -> float:
        import random  # noqa: PLC0415  (every command has a clock, and few wait)

        return random.uniform(0, seconds)


class FileClock(SystemClock):
    """Reads its instant from a file at every call. Pauses stay real, so a program under test still throttles itself."""

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
    """Stands still until it is moved. For replays within one process."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def move_to(self, instant: datetime) -> None:
        self._now = instant.astimezone(UTC)

    def advance(self, delta: timedelta) -> None:
        self._now += delta
