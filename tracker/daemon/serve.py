"""Run the daemon: start it from settings, reload them, and shut down in order."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from schedules.engine import Engine, EngineDied
from storage.polling import jobs
from tracker.alerts.config import examine
from tracker.app import open_context, open_delivery, registry_urls
from tracker.config.read_settings import load_settings
from tracker.config.settings import Settings
from tracker.context.context import Context
from tracker.context.stored_rate_limiter import StoredRateLimiter, host_of
from tracker.daemon.daemon import Daemon
from tracker.daemon.log import Log
from tracker.daemon.operator_log import alert_targets, outlook
from tracker.daemon.reload import kept, needs_restart, what_changed
from tracker.errors import SettingsError, Stopped
from tracker.http.polite_client import Limits, PoliteClient
from tracker.http.user_agent import registry_user_agent
from tracker.processes.systemd import SystemNotifier

__all__ = ["serve"]

_LAST_WORDS = 2.0
"""Seconds to wait for messages that are being sent when the daemon stops."""
_PING = Limits(connect=5, read=10, total=10, body=64 * 1024, pauses=())


def serve(settings: Settings) -> None:
    """Poll when checks are due, until a signal. The caller holds the daemon lock.

    SIGHUP reloads the settings. Raise Stopped if the daemon cannot continue.
    """
    with open_context(settings) as context, _pinger(context, settings) as ping, ExitStack() as beside:
        log = Log(context.clock)
        system = SystemNotifier(os.environ)
        engine = Engine(context.clock)
        with context.database.write() as session:
            jobs.forgive(session)
        delivery_worker = open_delivery(context, settings, engine.stopping.is_set)
        hosts = {name: host_of(url) for name, url in registry_urls(settings).items()}
        daemon = Daemon(context, log, engine.stopping, system, hosts, ping, delivery_worker)
        reloader = _Reloader(settings, daemon, engine, ping, sys.stderr.isatty())
        daemon.reload = reloader.reload_if_asked
        for tick in daemon.ticks():
            engine.add(tick)

        if settings.daemon_serves:
            _serve_pages(context, settings, log, beside)

        def ready() -> None:
            log.say("daemon started", holder=context.holder, store=context.database.url, **outlook(context))
            system.ready()

        in_time = _run(engine, log, ready)
        # Messages being sent now may still arrive. The others are sent again when their leases end.
        if daemon.delivery_worker is not None:
            daemon.delivery_worker.wait(_LAST_WORDS)
        system.stopping()
        log.say("daemon stopped", in_time=in_time)
        failure = daemon.failure or reloader.failure
        if not in_time:
            # A step hangs in a request. Its uncommitted work is rolled back when the process ends.
            os._exit(1 if failure else 0)
        if failure:
            raise Stopped(failure)


def _serve_pages(context: Context, settings: Settings, log: Log, beside: ExitStack) -> None:
    """Serve the pages in a thread until `beside` ends. Raise SettingsError if they cannot be served."""
    from tracker.web.server import open_site, serve_beside  # noqa: PLC0415  (half a second, and most daemons want none)

    site = beside.enter_context(open_site(settings, context.clock, log))
    log.say("pages served", url=beside.enter_context(serve_beside(site, context.database)))


def _run(engine: Engine, log: Log, ready: Callable[[], None]) -> bool:
    """Run the engine until it stops. Return whether all steps ended in time. Exit with an error if the engine dies."""
    try:
        return engine.run(ready=ready)
    except EngineDied as error:
        log.trouble("the daemon cannot go on", error, next="it ends now; the service manager may start it again")
        # Steps may hang. Waiting for them would keep a process alive that no longer does anything.
        os._exit(1)


@dataclass(slots=True)
class _Pinger:
    """Requests the ping address once, with short timeouts. Its failures do not count for any registry."""

    http: PoliteClient
    url: str

    def __call__(self) -> None:
        if self.url:
            self.http.get(self.url)


@contextmanager
def _pinger(context: Context, settings: Settings) -> Iterator[_Pinger]:
    rate_limiter = StoredRateLimiter(context.database, context.clock, requests_per_second=10, holder=context.holder)
    agent = registry_user_agent(settings.contact)
    http = PoliteClient(rate_limiter, context.clock, user_agent=agent, limits=_PING, outbound=settings.outbound)
    try:
        yield _Pinger(http, settings.daemon.ping_url)
    finally:
        http.close()


@dataclass(slots=True)
class _Reloader:
    """Applies changed settings after SIGHUP. `failure`: why the daemon must end, if it must."""

    settings: Settings
    daemon: Daemon
    engine: Engine
    ping: _Pinger
    on_terminal: bool
    failure: str = ""

    def reload_if_asked(self) -> None:
        """Reload after SIGHUP. Called when no delivery can begin. If the new settings are wrong, the old ones stay."""
        if not self.engine.reloading.is_set() or self.engine.stopping.is_set():
            return
        self.engine.reloading.clear()
        log = self.daemon.log
        if self.on_terminal and not sys.stderr.isatty():
            # On a terminal, SIGHUP means that it was closed. The log has no reader any more.
            log.close()
            self.engine.stop()
            return
        try:
            self._reload(load_settings(os.environ))
        except SettingsError as error:
            log.warn("reload refused, the old settings stay", key=error.subject, reason=error.message)
        except Exception as error:  # noqa: BLE001  (half-applied settings must not stay in use)
            self.failure = f"The settings could not be reloaded ({error}). Look at the config file, then start it again"
            log.trouble("reload failed, the daemon ends", error)
            self.engine.stop()

    def _reload(self, loaded: Settings) -> None:
        daemon, log = self.daemon, self.daemon.log
        new = kept(self.settings, loaded)
        alerts, mistakes = examine(new)
        for mistake in mistakes:
            where = {"file": str(new.file), "line": mistake.line, "key": mistake.key}
            log.warn("reload refused, the old settings stay", **where, reason=mistake.reason)
        if mistakes:
            return
        context, before = daemon.context, daemon.delivery_worker
        changed = what_changed(self.settings, new, context.alerts, alerts)
        restart = needs_restart(self.settings, loaded)
        context = replace(context, alerts=alerts, due_soon_days=new.results.due_soon_days, keep_days=new.retention.days)
        delivery_worker = open_delivery(context, new, self.engine.stopping.is_set)
        if before is not None:
            delivery_worker.follow(before)
        self.settings, self.ping.url = new, new.daemon.ping_url
        daemon.context, daemon.delivery_worker = context, delivery_worker
        log.say(
            "reloaded", changed=changed or "nothing", needs_restart=restart or "nothing", tells=alert_targets(alerts)
        )
