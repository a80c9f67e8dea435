"""daemon: keep polling in the foreground, for months."""

from __future__ import annotations

from typing import Annotated

import typer

from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import note
from tracker.context.clock_of import clock_of
from tracker.context.open_store import open_store
from tracker.daemon.serve import serve
from tracker.processes.daemon_lock import the_only_daemon
from tracker.processes.heap import share_one_heap
from tracker.processes.process_name import holder_name
from tracker.processes.relaxed_gc import default_gc

__all__ = ["command"]


def command(
    standby: Annotated[
        bool, typer.Option("--standby", help="Wait until the running daemon stops, then take over.")
    ] = False,
) -> None:
    """Check each trial when it is due, until you press Ctrl-C. It stays in the foreground.

    As a service in the background: trialwatch init --run user-service

    Only one daemon can run per store. A second one says which is running, and exits. Log lines go to stderr, as JSON
    unless on a terminal. On SIGHUP, it reads rules, channels and most other settings again, and logs what changed and
    what needs a restart.

    \b
    Example:  trialwatch daemon
    """
    share_one_heap()
    loaded = settings()
    clock = clock_of(loaded)
    with open_store(loaded, clock) as database:

        def waiting(first: str) -> None:
            note(f"Standing by: {first} is the daemon. This one takes over when it ends.")

        with the_only_daemon(database, clock, holder_name(), standby=standby, waiting=waiting):
            with default_gc():
                serve(loaded)
