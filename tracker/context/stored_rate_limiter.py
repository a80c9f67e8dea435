"""A rate limiter that all processes on a store share. It uses the rows of `storage.polling.hosts`."""

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
"""The longest sleep in the middle of a step, in seconds. After a longer wait, a later poll asks again."""
PATIENCE_SECONDS = 150.0
"""How many seconds to wait for another process's request before giving up. No request may take that long."""


def host_of(url: str) -> str:
    """Return the host of an address as the rate limiter knows it, with its port if that is not the default."""
    parts = urlsplit(url)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return name if parts.port in (None, _USUAL_PORTS.get(parts.scheme)) else f"{name}:{parts.port}"


class StoredRateLimiter:
    """One request at a time per host, a limited number per second, and none during a pause."""

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
        """Return the time of the clock, plus the real seconds since it last moved.

        A clock controlled by a test or the demo stands still between jumps, but pauses between requests are real.
        """
        shown = self.clock.now()
        if shown != self._shown:
            self._shown, self._shown_at = shown, self.clock.stopwatch()
        return shown + timedelta(seconds=self.clock.stopwatch() - self._shown_at)

    def enter(self, host: str, deadline: float) -> None:
        """Wait for the turn. Raise NotBefore if the host is paused, Unreachable if others keep it busy."""
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
            # The holder was killed. Without this, everybody would wait until its lease ends.
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
        """Give the turn back and report the result. A host that keeps failing is paused for a while."""
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
            # Our own pause for a failing host. It is independent of a pause that the host asked for.
            pause = pause_after(failures)
            if pause is not None:
                hosts.pause(session, host, self.clock.now() + pause)


def _paused(host: str, until: datetime, cause: str, error: str) -> NotBefore:
    """Return the error for a paused host: why, until when, and what a person can do."""
    at = local_time(until)
    if cause == "refused":
        reason = f"{host} is left alone until {at}: {error or 'it refused this program or this network'}"
        return NotBefore(f"{reason}. To ask it once more now: {ASK_NOW}", until=until, subject=host, cause="refused")
    if cause == "failing":
        reason = f"{host} is left alone until {at} because it kept failing{f': {error}' if error else ''}"
        return NotBefore(f"{reason}. The first poll after that asks again", until=until, subject=host, cause="failing")
    reason = f"{host} asked for a pause until {at}{f' ({error})' if error else ''}"
    return NotBefore(f"{reason}. The first poll after that asks again", until=until, subject=host)
