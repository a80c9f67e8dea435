"""A daemon in the test's own process, with a clock moved by hand, so that days pass in no time."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from schedules.engine import Flag
from storage.polling import hosts, jobs
from storage.reads.in_session import SessionReader
from storage.reads.trials.planned_checks import first_check
from storage.tables.models import JobRow
from tests.support.harness import Harness
from tracker.context.stored_rate_limiter import host_of
from tracker.daemon.daemon import Daemon
from tracker.daemon.log import Log
from tracker.processes.systemd import SystemNotifier


@dataclass
class BeatingDaemon:
    """A daemon and what it logged."""

    harness: Harness
    daemon: Daemon
    out: io.StringIO

    def beat(self) -> None:
        """Run one beat of the polling job."""
        self.daemon.beat("look", self.daemon.look)

    def until(self, end: datetime, on_the_way: Callable[[datetime], None] = lambda _: None) -> None:
        """Go from one due instant to the next. `on_the_way` is called with each instant before the daemon is."""
        while True:
            on_the_way(self.harness.clock.now())
            self.beat()
            then = self.next()
            if then >= end:
                self.harness.clock.move_to(end)
                return
            self.harness.clock.move_to(then)

    def next(self) -> datetime:
        now = self.harness.clock.now()
        with self.harness.context.database.read() as session:
            planned = [first_check(SessionReader(session)), *(hosts.pause_of(row, now) for row in hosts.every(session))]
        return max([it for it in planned if it is not None and it > now], default=now + timedelta(minutes=1))

    def said(self, event: str) -> list[dict[str, Any]]:
        lines = (json.loads(line) for line in self.out.getvalue().splitlines())
        return [line for line in lines if line["event"] == event]

    def job(self, name: str) -> JobRow:
        with self.harness.context.database.read() as session:
            found = jobs.find(session, name)
        assert found is not None
        return found


def beating_daemon(harness: Harness, environment: dict[str, str] | None = None, **options: Any) -> BeatingDaemon:
    out = io.StringIO()
    log, system = Log(harness.clock, out), SystemNotifier(environment or {})
    daemon = Daemon(harness.context, log, Flag(), system, {"ctgov": host_of(harness.registry.url)}, **options)
    return BeatingDaemon(harness, daemon, out)
