"""serve: show the store as pages, an API, feeds and a calendar."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec.structs import replace

from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import note
from tracker.context.clock_of import clock_of
from tracker.context.open_store import open_store
from tracker.daemon.log import Log
from tracker.web.server import open_site, serve_here

__all__ = ["command"]

_HOST = Annotated[
    str | None,
    typer.Option(
        "--host",
        metavar="ADDRESS",
        help=(
            "The address to listen on. Default: as [web] in the config file says, else 127.0.0.1, for "
            "this machine alone."
        ),
    ),
]
_PORT = Annotated[
    int | None,
    typer.Option(
        "--port",
        min=0,
        max=65_535,
        metavar="PORT",
        help="The port; 0 for any free one. Default: as [web] says, else 8344.",
    ),
]


def command(host: _HOST = None, port: _PORT = None) -> None:
    """Serve the store as pages for a browser, until you press Ctrl-C.

    With them come an API for programs (/api/v1), feeds, and a calendar of what is due. They show what is stored; a poll
    or the daemon brings what is new. To let the daemon serve them too, put [web] into the config file.

    Forms on the pages do what commands do: watch, unwatch, tag, note, poll, mute, retry. On an empty store the first
    page is init. To only read: actions = false under [web].

    Only this machine reaches them, unless you name another address. Then a token is needed: trialwatch tokens add NAME

    \b
    Example:  trialwatch serve
              trialwatch serve --port 8000
    """
    loaded = settings()
    web = replace(loaded.web, host=host or loaded.web.host, port=loaded.web.port if port is None else port)
    loaded = replace(loaded, web=web)
    clock = clock_of(loaded)
    with open_store(loaded, clock) as store, open_site(loaded, clock, Log(clock)) as site:
        serve_here(site, store, lambda url: note(f"Open {url} in a browser. To stop: Ctrl-C"))
