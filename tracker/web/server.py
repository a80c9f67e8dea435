"""Run the server: in the foreground, or in a thread beside the daemon."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import uvicorn

from schedules.clock import Clock
from storage.engine.database import Database
from tracker.alerts.config import alert_config
from tracker.config.settings import Settings
from tracker.context.read_only_store import read_only_store
from tracker.errors import SettingsError
from tracker.services.results.kept.keeper import kept_up_to_date
from tracker.web.access.hosts import is_loopback
from tracker.web.access.tokens import TokenFile
from tracker.web.application import application
from tracker.web.site import Site, WebLog

__all__ = ["open_site", "page_url", "serve_beside", "serve_here"]

_LAST_SECONDS = 3
"""How long a request may go on when the server stops."""
_MOST_CONNECTIONS = 512
_BACKLOG = 128


@contextmanager
def open_site(settings: Settings, clock: Clock, log: WebLog, *, is_demo: bool = False) -> Iterator[Site]:
    """Open the store for reading, and check who may ask. Raise SettingsError for an address that is open to others."""
    tokens = TokenFile(settings.token_file)
    is_locked = tokens.is_locked  # read in any case: a file that is wrong is refused at the start
    if not is_loopback(settings.web.host) and not is_locked:
        raise SettingsError(
            f"Others could read everything at {settings.web.host}, because there is no token. Make one first: "
            "trialwatch tokens add NAME. To serve this machine alone: --host 127.0.0.1",
            subject="web.host",
        )
    with read_only_store(settings.database) as store:
        yield Site(store.database, store.door, clock, settings, alert_config(settings), tokens, log, is_demo)


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Listen at the address of the settings. Raise SettingsError if that cannot be done."""
    host, port = settings.web.host, settings.web.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
            yield listener
    except OSError as error:
        raise SettingsError(
            f"The pages cannot be served at {host}, port {port}: {error.strerror}. Is another server there? Name "
            "another port: --port 8345",
            subject="web.port",
        ) from error


def serve_here(site: Site, store: Database, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or SIGTERM. Requests that are running then have a few seconds.

    `store` can be written; the lists are kept up to date in it. `ready` gets the address of the pages when they can be
    asked for.
    """
    with kept_up_to_date(store, site.log.trouble), _listening(site.settings) as listener:
        server = _Server(_configuration(site), site.stopping)
        before = {number: signal.signal(number, server.stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            ready(page_url(site.settings, listener))
            server.run(sockets=[listener])
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def serve_beside(site: Site, store: Database) -> Iterator[str]:
    """Serve in a thread, while the block runs. Yield the address of the pages. `store` is as in `serve_here`."""
    with kept_up_to_date(store, site.log.trouble), _listening(site.settings) as listener:
        server = _Server(_configuration(site), site.stopping)
        thread = Thread(target=lambda: server.run(sockets=[listener]), name="pages", daemon=True)
        thread.start()
        try:
            yield page_url(site.settings, listener)
        finally:
            server.stop()
            thread.join(_LAST_SECONDS + 1)


class _Server(uvicorn.Server):
    """A server that leaves the signals to its process. `stopping` is set when it begins to stop."""

    def __init__(self, config: uvicorn.Config, stopping: Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    def stop(self, *_signal: object) -> None:
        self.should_exit = True
        self._stopping.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _configuration(site: Site) -> uvicorn.Config:
    # No log of requests: the address of a feed holds its token.
    return uvicorn.Config(
        application(site),
        access_log=False,
        log_config=None,
        http="h11",
        loop="asyncio",
        ws="none",
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_LAST_SECONDS,
    )


def page_url(settings: Settings, listener: socket.socket) -> str:
    """Return the address to type into a browser on this machine."""
    port = listener.getsockname()[1]
    host = settings.web.host
    host = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    return f"http://{host}:{port}/"
