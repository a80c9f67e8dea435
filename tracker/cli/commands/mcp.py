"""mcp: answer an assistant over standard input and output."""

from __future__ import annotations

import sys

from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import note
from tracker.context.clock_of import clock_of
from tracker.context.open_store import open_store
from tracker.context.read_only_store import read_only_store
from tracker.daemon.log import Log
from tracker.mcp.installed import assistant_server
from tracker.mcp.reading import Reading
from tracker.services.results.kept.keeper import kept_up_to_date

__all__ = ["command"]


def command() -> None:
    """Answer an assistant over standard input and output, in the Model Context Protocol (MCP). It only reads.

    An assistant starts this command by itself, once you have told it to. Its tools search the stored trials, show a
    record as it was on a day, list what changed, and say who owes results. What a registry wrote reaches the assistant
    as quoted data. trialwatch serve offers the same tools over HTTP, at /mcp.

    \b
    Example:  trialwatch mcp
    """
    server = assistant_server()
    loaded = settings()
    clock = clock_of(loaded)
    log = Log(clock)
    if sys.stdin.isatty():
        note("This waits for an assistant, which speaks MCP. To stop: Ctrl-C")
    with (
        open_store(loaded, clock) as store,
        kept_up_to_date(store, log.trouble),
        read_only_store(loaded.database) as opened,
    ):
        server.serve_streams(Reading(opened.database, opened.door, clock, loaded.derived, log.trouble))
