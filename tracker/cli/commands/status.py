"""status: show health."""

from __future__ import annotations

import msgspec
import typer

from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit
from tracker.context.clock_of import clock_of
from tracker.context.open_door import open_door
from tracker.services.status import status

__all__ = ["command"]

FIELDS = (
    "healthy",
    "store",
    "last_poll",
    "data_timestamp",
    "watched",
    "pending",
    "dead",
    "schema",
    "sqlite",
    "warnings",
)


def command(output: Output = None) -> None:
    """Show health. Exit code 1 if attention is needed, so that any monitor can ask.

    \b
    Example:  trialwatch status >status.txt || mail -s Trialwatch me@example.org <status.txt
    """
    loaded = settings()
    clock = clock_of(loaded)
    with open_door(loaded, clock) as door:
        found = status(door, clock.now(), loaded)

    def table() -> None:
        from tracker.cli.render.status_page import print_status  # noqa: PLC0415  (rich, which a monitor has no use for)

        print_status(found)

    emit(Answer({"status": msgspec.to_builtins(found)}, "status", FIELDS, table=table), output, pager=True)
    raise typer.Exit(0 if found.healthy else 1)
