"""Plain replacements for what the client is given: a rate limiter and a clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from schedules.clock import ManualClock
from tracker.errors import NotBefore, RegistryError
from tracker.http.polite_client import Limits

NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
# For servers that answer, however busy the machine, for those that say nothing, and for those that never end.
PATIENT = Limits(connect=5.0, read=10.0, total=30.0)
SHORT_READ = Limits(read=0.2, total=30.0)
SHORT_TOTAL = Limits(read=30.0, total=0.5)


class FakeRateLimiter:
    """Records its calls. Obeys a not-before like the real one, and fails if two requests would overlap."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.inside: set[str] = set()
        self.entered: list[str] = []
        self.left: list[tuple[bool, datetime | None]] = []
        self.not_before: dict[str, datetime] = {}
        self.errors: list[RegistryError | None] = []

    def enter(self, host: str, deadline: float) -> None:
        assert host not in self.inside, "two requests in flight"
        assert deadline > 0
        until = self.not_before.get(host)
        if until is not None and self._now() < until:
            raise NotBefore(f"{host} not before {until}", until=until, subject=host)
        self.inside.add(host)
        self.entered.append(host)

    def leave(
        self,
        host: str,
        *,
        failed: bool,
        retry_after: datetime | None = None,
        error: RegistryError | None = None,
    ) -> None:
        self.inside.remove(host)
        self.errors.append(error)
        self.left.append((failed, retry_after))
        if retry_after is not None:
            self.not_before[host] = retry_after

    def now(self) -> datetime:
        return self._now()


class FakeClock(ManualClock):
    """Pauses take no time here: they move the clock and are recorded. The stopwatch is real, for real sockets."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.advance(timedelta(seconds=seconds))

    def jitter(self, seconds: float) -> float:
        return 0.0
