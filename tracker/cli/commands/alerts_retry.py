"""alerts retry: send messages again."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec import UNSET
from msgspec.structs import replace

from tracker.app import open_context, open_delivery
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.delivery_notes import tell_delivered
from tracker.cli.render.output import Output, emit, note
from tracker.cli.render.tables.message_table import answer_of_messages, tell_unknown_messages
from tracker.cli.typed.arguments import TIMES_HELP, Keys, OneChannel
from tracker.errors import UsageError
from tracker.services.alerts.retry import RetryRequest, retry
from tracker.services.moments import since_of

__all__ = ["command"]


def command(
    keys: Keys = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help=f"Dead messages since this time: {TIMES_HELP}")
    ] = None,
    channel: OneChannel = None,
    output: Output = None,
) -> None:
    """Send messages again: the ones you name, or dead ones since a time. They keep their keys, so receivers know them.

    A mail that did not reach everyone goes only to the addresses it did not reach. The messages are sent now, or by the
    running daemon.

    \b
    Example:  trialwatch alerts retry msg_e5dw72ry
              trialwatch alerts retry --since 2d --channel team
    """
    if bool(keys) == bool(since or channel):
        raise UsageError("Name keys, or dead messages by --since or --channel. See: trialwatch alerts outbox")
    loaded = settings()
    with open_context(loaded) as context:
        since_when = since_of(since, context.clock.now()) if since else None
        request = RetryRequest(tuple(keys or ()), since_when, channel)
        found = retry(context, open_delivery(context, loaded), request)
    if found.delivered is None:
        note("The daemon sends what is due.")
    else:
        tell_delivered(found.delivered, context.alerts.unusable)
    emit(answer_of_messages([replace(row, tried=UNSET) for row in found.rows], "No such message is dead."), output)
    raise typer.Exit(tell_unknown_messages(found.unknown))
