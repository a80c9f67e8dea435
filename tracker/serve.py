"""From settings to a beating daemon, through reloads of them, and back to an orderly end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from schedules.engine import Engine, EngineDied
from storage import jobs
from tracker.alerts.config import examine
from tracker.app import open_courier, open_house, registry_urls
from tracker.daemon import Daemon
from tracker.errors import SettingsError, Stopped
from tracker.house import House
from tracker.http.identity import registry_user_agent
from tracker.jobs.standing import outlook, who_is_told
from tracker.log import Log
from tracker.politeness import StoredGate, host_of
from tracker.processes.notify_system import SystemNotifier
from tracker.registries.http import Limits, PoliteClient
from tracker.reloading import kept, needs_restart, what_changed
from tracker.settings import Settings, load_settings

__all__ = ["serve"]

_LAST_WORDS = 2.0
"""Seconds for what is on its way when the daemon is told to stop."""
_PING = Limits(connect=5, read=10, total=10, body=64 * 1024, pauses=())


def serve(settings: Settings) -> None:
    """Look when looks are due, until a signal. The caller holds the right to be the daemon.

    SIGHUP reads the settings again. Raises Stopped when the daemon cannot go on.
    """
    with open_house(settings) as house, _pinger(house, settings) as ping:
        log = Log(house.clock)
        system = SystemNotifier(os.environ)
        engine = Engine(house.clock)
        with house.database.write() as session:
            jobs.forgive(session)
        courier = open_courier(house, settings, engine.stopping.is_set)
        hosts = {name: host_of(url) for name, url in registry_urls(settings).items()}
        daemon = Daemon(house, log, engine.stopping, system, hosts, ping, courier)
        reloader = _Reloader(settings, daemon, engine, ping, sys.stderr.isatty())
        daemon.reload = reloader.when_told
        for tick in daemon.ticks():
            engine.add(tick)

        def ready() -> None:
            log.say("daemon started", holder=house.holder, store=house.database.url, **outlook(house))
            system.ready()

        in_time = _run(engine, log, ready)
        # What is being sent now may still arrive; what does not is sent again when its lease is over.
        if daemon.courier is not None:
            daemon.courier.wait(_LAST_WORDS)
        system.stopping()
        log.say("daemon stopped", in_time=in_time)
        failure = daemon.failure or reloader.failure
        if not in_time:
            # A step hangs in a request. What it has not committed is rolled back with the process.
            os._exit(1 if failure else 0)
        if failure:
            raise Stopped(failure)


def _run(engine: Engine, log: Log, ready: Callable[[], None]) -> bool:
    """Beat to the end; whether all steps ended in time. A scheduler that has died ends the process, with an error."""
    try:
        return engine.run(ready=ready)
    except EngineDied as error:
        log.trouble("the daemon cannot go on", error, next="it ends now; the service manager may start it again")
        # Steps may hang: nothing that waits for them may keep a process alive that does nothing any more.
        os._exit(1)


@dataclass(slots=True)
class _Pinger:
    """Asks the ping address once, shortly. Its troubles are no registry's."""

    http: PoliteClient
    url: str

    def __call__(self) -> None:
        if self.url:
            self.http.get(self.url)


@contextmanager
def _pinger(house: House, settings: Settings) -> Iterator[_Pinger]:
    gate = StoredGate(house.database, house.clock, requests_per_second=10, holder=house.holder)
    agent = registry_user_agent(settings.contact)
    http = PoliteClient(gate, house.clock, user_agent=agent, limits=_PING, outbound=settings.outbound)
    try:
        yield _Pinger(http, settings.daemon.ping_url)
    finally:
        http.close()


@dataclass(slots=True)
class _Reloader:
    """Takes up changed settings when SIGHUP came. `failure`: why the daemon ends, when it must end."""

    settings: Settings
    daemon: Daemon
    engine: Engine
    ping: _Pinger
    on_terminal: bool
    failure: str = ""

    def when_told(self) -> None:
        """Called where no delivery begins meanwhile. Whatever is wrong with the new settings, the old stay in force."""
        if not self.engine.reloading.is_set() or self.engine.stopping.is_set():
            return
        self.engine.reloading.clear()
        log = self.daemon.log
        if self.on_terminal and not sys.stderr.isatty():
            # In a terminal SIGHUP says that it was closed; there is nobody left to say that to.
            log.close()
            self.engine.stop()
            return
        try:
            self._reload(load_settings(os.environ))
        except SettingsError as error:
            log.warn("reload refused, the old settings stay", key=error.subject, reason=error.message)
        except Exception as error:  # noqa: BLE001  (nobody may take half of the new settings for all of them)
            self.failure = f"The settings could not be reloaded ({error}). Look at the config file, then start it again"
            log.trouble("reload failed, the daemon ends", error)
            self.engine.stop()

    def _reload(self, told: Settings) -> None:
        daemon, log = self.daemon, self.daemon.log
        new = kept(self.settings, told)
        alerts, mistakes = examine(new)
        for mistake in mistakes:
            where = {"file": str(new.file), "line": mistake.line, "key": mistake.key}
            log.warn("reload refused, the old settings stay", **where, reason=mistake.reason)
        if mistakes:
            return
        house, before = daemon.house, daemon.courier
        changed = what_changed(self.settings, new, house.alerts, alerts)
        restart = needs_restart(self.settings, told)
        house = replace(house, alerts=alerts, due_soon_days=new.results.due_soon_days, keep_days=new.retention.days)
        courier = open_courier(house, new, self.engine.stopping.is_set)
        if before is not None:
            courier.follow(before)
        self.settings, self.ping.url = new, new.daemon.ping_url
        daemon.house, daemon.courier = house, courier
        log.say("reloaded", changed=changed or "nothing", needs_restart=restart or "nothing", tells=who_is_told(alerts))
