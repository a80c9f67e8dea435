"""From settings to a beating daemon, and back to an orderly end."""

from __future__ import annotations

import os
from collections.abc import Callable

from schedules.engine import Engine
from tracker.app import open_house
from tracker.daemon import Daemon
from tracker.house import House
from tracker.log import Log
from tracker.notify_system import SystemNotifier
from tracker.settings import Settings

__all__ = ["serve"]


def serve(settings: Settings) -> None:
    """Look when looks are due, until a signal. The caller holds the right to be the daemon."""
    with open_house(settings) as house:
        log = Log(house.clock)
        system = SystemNotifier(os.environ)
        engine = Engine()
        for tick in Daemon(house, log, engine.stopping, system, _ping(house, settings)).ticks():
            engine.add(tick)
        log.say("daemon started", holder=house.holder, store=house.database.url)
        system.ready()
        in_time = engine.run()
        system.stopping()
        log.say("daemon stopped", in_time=in_time)
        if not in_time:
            # A step hangs in a request. What it has not committed is rolled back with the process.
            os._exit(0)


def _ping(house: House, settings: Settings) -> Callable[[], None] | None:
    url = settings.daemon.ping_url
    if not url:
        return None

    def ping() -> None:
        house.http.get(url)

    return ping
