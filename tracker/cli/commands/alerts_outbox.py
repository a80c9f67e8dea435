"""alerts outbox: list messages."""

from __future__ import annotations

from typing import Annotated

import typer

from tracker.alerts.config import examine
from tracker.cli.arguments import Keys, OneChannel, storable
from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Format, Output, chosen, emit, note
from tracker.cli.render.tables.message_table import answer_of_messages, nothing_found, tell_unknown_messages
from tracker.context.open_store import open_store
from tracker.errors import UsageError
from tracker.services.alerts import outbox as answers

__all__ = ["command"]

SHOWN_IN_A_TABLE = 50


def command(
    keys: Keys = None,
    state: Annotated[
        str | None, typer.Option("--state", metavar="S", help="Only pending, held, sent or dead ones.")
    ] = None,
    channel: OneChannel = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="The latest so many.", callback=storable)
    ] = None,
    output: Output = None,
) -> None:
    """List messages in the order in which they were created. For messages you name, list every attempt.

    pending: waiting for its next attempt. held: waiting for something else, which is shown. sent: accepted by the other
    side. dead: given up, with the reason. A table shows the latest 50, and when each is due or was settled.

    \b
    Example:  trialwatch alerts outbox --state dead
              trialwatch alerts outbox msg_e5dw72ry
    """
    if state is not None and state not in answers.STATES:
        raise UsageError(f"--state is one of {', '.join(answers.STATES)}, not {state[:20]!r}", subject=state[:20])
    loaded = settings()
    config, _ = examine(loaded)
    table = chosen(output) is Format.TABLE
    with open_store(loaded) as database, database.read() as session:
        if keys:
            named, unknown = answers.keys_of(session, keys)
            found = answers.messages_of(session, config, named)
        else:
            few = SHOWN_IN_A_TABLE + 1 if table else None
            unknown, found = [], answers.messages(session, config, state=state, channel=channel, limit=limit or few)
    shown = found if limit or keys else found[-SHOWN_IN_A_TABLE:] if table else found
    emit(answer_of_messages(shown, nothing_found(state, channel), attempts=bool(keys)), output)
    if len(shown) < len(found):
        note(f"These are the latest {len(shown)}. For more: --limit N, --state S, or all with -o csv")
    raise typer.Exit(tell_unknown_messages(unknown))
