"""One host, asked politely by however many processes share a store: the rows of `storage.hosts` behind a HostGate."""

from __future__ import annotations

from datetime import datetime

from schedules.clock import Clock
from storage import hosts
from storage.database import Database
from tracker.errors import NotBefore, Unreachable

__all__ = ["StoredGate"]

LONGEST_PAUSE_SECONDS = 10.0
"""No process sleeps longer than this in the middle of a step; a longer wait is somebody else's next poll."""
PATIENCE_SECONDS = 150.0
"""How long another process's request may keep us waiting before we give up: longer than any request may take."""


class StoredGate:
    """Never two requests in flight to one host, never more than so many a second, never before it allows."""

    def __init__(self, database: Database, clock: Clock, *, requests_per_second: float, holder: str) -> None:
        self.database = database
        self.clock = clock
        self.interval = 1.0 / requests_per_second
        self.holder = holder

    def now(self) -> datetime:
        return self.clock.now()

    def enter(self, host: str, deadline: float) -> None:
        """Wait for our turn. Raises NotBefore when the host must not be asked yet, Unreachable when others never let go."""
        started = self.clock.stopwatch()
        while True:
            with self.database.write() as session:
                claim = hosts.claim(
                    session,
                    host,
                    self.clock.now(),
                    by=self.holder,
                    interval_seconds=self.interval,
                    lease_seconds=deadline,
                )
            if claim.granted:
                return
            if claim.not_before is not None:
                until = claim.not_before.isoformat(timespec="seconds").replace("+00:00", "Z")
                raise NotBefore(f"{host} is not to be asked before {until}", until=claim.not_before, subject=host)
            if self.clock.stopwatch() - started > PATIENCE_SECONDS:
                raise Unreachable(f"Another process has kept {host} busy for {PATIENCE_SECONDS:.0f} s", subject=host)
            self.clock.pause(min(max(claim.wait_seconds, 0.01), LONGEST_PAUSE_SECONDS))

    def leave(self, host: str, *, failed: bool, retry_after: datetime | None = None) -> None:
        """Give the turn back, with how it went."""
        with self.database.write() as session:
            hosts.release(session, host, self.holder, self.clock.now(), failed=failed, not_before=retry_after)
