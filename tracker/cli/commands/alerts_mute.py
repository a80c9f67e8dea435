"""alerts mute: stop sending to a channel, or to one address of it."""

from __future__ import annotations

from typing import Annotated

import typer

from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit, note
from tracker.cli.typed.arguments import ChannelName
from tracker.context.clock_of import clock_of
from tracker.context.open_store import write_store
from tracker.services.alerts.mute import MuteRequest, mute

__all__ = ["command"]


def command(
    channel: ChannelName,
    address: Annotated[
        str | None, typer.Argument(metavar="ADDRESS", help="One of its addresses; without it, the whole channel.")
    ] = None,
    lift: Annotated[bool, typer.Option("--lift", help="Lift the mute: send again from now on.")] = False,
    output: Output = None,
) -> None:
    """Send nothing more to an address of a channel, or to the whole channel. This applies at once and permanently.

    The running daemon obeys too. Messages that come due while it is muted are not sent. They are marked dead; to send
    them later: trialwatch alerts retry. --lift without an address lifts the mute of the channel, and names the
    addresses that are still muted.

    \b
    Example:  trialwatch alerts mute team
              trialwatch alerts mute me you@example.org
              trialwatch alerts mute me you@example.org --lift
    """
    loaded = settings()
    clock = clock_of(loaded)
    with write_store(loaded, clock) as session:
        found = mute(session, loaded, MuteRequest(channel, address, lift), clock.now())
    fields = ("channel", "address", "at", "reason")
    emit(Answer({"muted": found.rows}, "muted", fields, table=lambda: note(found.sentence)), output)
