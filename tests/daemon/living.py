"""A daemon in our own process, its clock moved by hand: it lives through days in no time."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from storage.polling import hosts, jobs
from storage.tables.models import JobRow
from storage.versions import trials
from tests.poll.world import World
from tracker.context.stored_rate_limiter import host_of
from tracker.daemon.daemon import Daemon
from tracker.daemon.log import Log
from tracker.processes.systemd import SystemNotifier


@dataclass
class Living:
    """A daemon and what it said."""

    world: World
    daemon: Daemon
    out: io.StringIO

    def beat(self) -> None:
        """One beat of the looking job."""
        self.daemon.beat("look", self.daemon.look)

    def until(self, end: datetime, on_the_way: Callable[[datetime], None] = lambda _: None) -> None:
        """From one thing to do to the next. `on_the_way` is told each instant before the daemon is."""
        while True:
            on_the_way(self.world.clock.now())
            self.beat()
            then = self.next()
            if then >= end:
                self.world.clock.move_to(end)
                return
            self.world.clock.move_to(then)

    def next(self) -> datetime:
        now = self.world.clock.now()
        with self.world.context.database.read() as session:
            planned = [trials.first_look(session), *(hosts.pause_of(row, now) for row in hosts.every(session))]
        return max([it for it in planned if it is not None and it > now], default=now + timedelta(minutes=1))

    def said(self, event: str) -> list[dict[str, Any]]:
        lines = (json.loads(line) for line in self.out.getvalue().splitlines())
        return [line for line in lines if line["event"] == event]

    def job(self, name: str) -> JobRow:
        with self.world.context.database.read() as session:
            found = jobs.find(session, name)
        assert found is not None
        return found


def living(world: World, environment: dict[str, str] | None = None, **options: Any) -> Living:
    out = io.StringIO()
    log, system = Log(world.clock, out), SystemNotifier(environment or {})
    daemon = Daemon(world.context, log, threading.Event(), system, {"ctgov": host_of(world.registry.url)}, **options)
    return Living(world, daemon, out)
