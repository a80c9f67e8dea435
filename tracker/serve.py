"""From settings to a beating daemon, and back to an orderly end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from schedules.engine import Engine
from storage import jobs
from tracker.app import open_courier, open_house, registry_urls
from tracker.daemon import Daemon
from tracker.house import House
from tracker.http.identity import registry_user_agent
from tracker.log import Log
from tracker.politeness import StoredGate, host_of
from tracker.processes.notify_system import SystemNotifier
from tracker.registries.http import Limits, PoliteClient
from tracker.settings import Settings

__all__ = ["serve"]

_LAST_WORDS = 2.0
"""Seconds for what is on its way when the daemon is told to stop."""
_PING = Limits(connect=5, read=10, total=10, body=64 * 1024, pauses=())


def serve(settings: Settings) -> None:
    """Look when looks are due, until a signal. The caller holds the right to be the daemon."""
    with open_house(settings) as house, _ping(house, settings) as ping:
        log = Log(house.clock)
        system = SystemNotifier(os.environ)
        engine = Engine()
        with house.database.write() as session:
            jobs.forgive(session)
        courier = open_courier(house, settings, engine.stopping.is_set)
        hosts = {name: host_of(url) for name, url in registry_urls(settings).items()}
        daemon = Daemon(house, log, engine.stopping, system, hosts, ping, courier)
        for tick in daemon.ticks():
            engine.add(tick)

        def ready() -> None:
            log.say("daemon started", holder=house.holder, store=house.database.url)
            system.ready()

        in_time = engine.run(ready=ready)
        # What is being sent now may still arrive; what does not is sent again when its lease is over.
        courier.wait(_LAST_WORDS)
        system.stopping()
        log.say("daemon stopped", in_time=in_time)
        if not in_time:
            # A step hangs in a request. What it has not committed is rolled back with the process.
            os._exit(0)


@contextmanager
def _ping(house: House, settings: Settings) -> Iterator[Callable[[], None] | None]:
    """A call that asks the ping address once, shortly; None without an address. Its troubles are no registry's."""
    url = settings.daemon.ping_url
    if not url:
        yield None
        return
    gate = StoredGate(house.database, house.clock, requests_per_second=10, holder=house.holder)
    agent = registry_user_agent(settings.contact)
    http = PoliteClient(gate, house.clock, user_agent=agent, limits=_PING, outbound=settings.outbound)

    def ping() -> None:
        http.get(url)

    try:
        yield ping
    finally:
        http.close()
