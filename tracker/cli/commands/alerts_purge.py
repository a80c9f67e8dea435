"""alerts purge: delete old messages."""

from __future__ import annotations

from typing import Annotated

import typer

from tracker.changes.wording.words import count_of
from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit
from tracker.cli.render.terminal import console
from tracker.context.clock_of import clock_of
from tracker.context.open_store import write_store
from tracker.services.alerts.purge import purge

__all__ = ["command"]


def command(
    dead: Annotated[bool, typer.Option("--dead", help="Also delete all dead messages, however recent.")] = False,
    output: Output = None,
) -> None:
    """Delete messages that were sent, or died, more than 90 days ago. The daemon does this every day.

    The changes they reported stay: changes are never deleted.

    \b
    Example:  trialwatch alerts purge
    """
    loaded = settings()
    clock = clock_of(loaded)
    with write_store(loaded, clock) as session:
        forgotten = purge(session, clock.now(), dead=dead)
    emit(Answer({"purge": {"forgotten": forgotten}}, "purge", ("forgotten",), table=lambda: _purged(forgotten)), output)


def _purged(forgotten: int) -> None:
    console().print(f"Forgot {count_of(forgotten, 'message')}." if forgotten else "There was nothing to forget.")
