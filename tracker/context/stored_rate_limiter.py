"""A rate limiter that all processes on a store share: the rows of `storage.polling.hosts`."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from schedules.backoff import pause_after
from schedules.clock import Clock
from storage.engine.database import Database
from storage.polling import hosts
from tracker.errors import Blocked, NotBefore, RegistryError, Unreachable
from tracker.processes.process_name import is_dead
from tracker.records.instants import local_time

__all__ = ["ASK_NOW", "StoredRateLimiter", "host_of"]

ASK_NOW = "trialwatch poll --now"

_USUAL_PORTS = {"http": 80, "https": 443}
LONGEST_PAUSE_SECONDS = 10.0
"""No process sleeps longer than this in the middle of a step; a longer wait is somebody else's next poll."""
PATIENCE_SECONDS = 150.0
"""How long another process's request may keep us waiting before we give up: longer than any request may take."""


def host_of(url: str) -> str:
    """The host of an address as its gate knows it: with its port where that is not the usual one."""
    parts = urlsplit(url)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return name if parts.port in (None, _USUAL_PORTS.get(parts.scheme)) else f"{name}:{parts.port}"


class StoredRateLimiter:
    """Never two requests in flight to one host, never more than so many a second, never before it allows."""

    def __init__(self, database: Database, clock: Clock, *, requests_per_second: float, holder: str) -> None:
        self.database = database
        self.clock = clock
        self.interval = 1.0 / requests_per_second
        self.holder = holder
        self._shown = clock.now()
        self._shown_at = clock.stopwatch()

    def now(self) -> datetime:
        return self.clock.now()

    def _instant(self) -> datetime:
        """The clock's instant, carried on by real seconds while the clock stands still.

        A driven clock (a test's, the demo's) stands still between jumps; pauses between requests are real all the same.
        """
        shown = self.clock.now()
        if shown != self._shown:
            self._shown, self._shown_at = shown, self.clock.stopwatch()
        return shown + timedelta(seconds=self.clock.stopwatch() - self._shown_at)

    def enter(self, host: str, deadline: float) -> None:
        """Wait for our turn. Raises NotBefore when the host must not be asked yet, Unreachable when others hold it."""
        started = self.clock.stopwatch()
        while True:
            with self.database.write() as session:
                claim = hosts.take_turn(
                    session,
                    host,
                    self._instant(),
                    by=self.holder,
                    interval_seconds=self.interval,
                    lease_seconds=deadline,
                )
            if claim.granted:
                return
            if claim.not_before is not None:
                raise _paused(host, claim.not_before, claim.cause, claim.error)
            if claim.busy_by and is_dead(claim.busy_by):
                with self.database.write() as session:
                    hosts.abandon(session, host, claim.busy_by)
                continue
            if self.clock.stopwatch() - started > PATIENCE_SECONDS:
                raise Unreachable(f"Another process has kept {host} busy for {PATIENCE_SECONDS:.0f} s", subject=host)
            self.clock.pause(min(max(claim.wait_seconds, 0.01), LONGEST_PAUSE_SECONDS))

    def leave(
        self,
        host: str,
        *,
        failed: bool,
        retry_after: datetime | None = None,
        error: RegistryError | None = None,
    ) -> None:
        """Give the turn back, with how it went. A host that keeps failing is left alone for a while."""
        cause: hosts.PauseCause = "refused" if isinstance(error, Blocked) else "asked"
        with self.database.write() as session:
            failures = hosts.release(
                session,
                host,
                self.holder,
                self._instant(),
                failed=failed,
                not_before=retry_after,
                error=error.message if error else "",
                cause=cause,
            )
            pause = pause_after(failures)
            if pause is not None:
                hosts.pause(session, host, self.clock.now() + pause)


def _paused(host: str, until: datetime, cause: str, error: str) -> NotBefore:
    """Why a host is not asked now, until when, and what a person can do about it."""
    at = local_time(until)
    if cause == "refused":
        reason = f"{host} is left alone until {at}: {error or 'it refused this program or this network'}"
        return NotBefore(f"{reason}. To ask it once more now: {ASK_NOW}", until=until, subject=host, cause="refused")
    if cause == "failing":
        reason = f"{host} is left alone until {at} because it kept failing{f': {error}' if error else ''}"
        return NotBefore(f"{reason}. The first poll after that asks again", until=until, subject=host, cause="failing")
    reason = f"{host} asked for a pause until {at}{f' ({error})' if error else ''}"
    return NotBefore(f"{reason}. The first poll after that asks again", until=until, subject=host)
