"""alerts outbox: list messages."""

from __future__ import annotations

from typing import Annotated

import typer

from storage.reads.in_session import SessionReader
from tracker.alerts.config import examine
from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Format, Output, chosen, emit, note
from tracker.cli.render.tables.message_table import answer_of_messages, nothing_found, tell_unknown_messages
from tracker.cli.typed.arguments import Keys, OneChannel, storable
from tracker.context.open_store import read_store
from tracker.services.alerts.outbox import STATES, OutboxRequest, find_messages
from tracker.services.titles import titles_of
from tracker.services.typed.choices import check_choice

__all__ = ["command"]

SHOWN_IN_A_TABLE = 50


def command(
    keys: Keys = None,
    state: Annotated[
        str | None, typer.Option("--state", metavar="STATE", help="Only pending, held, sent or dead ones.")
    ] = None,
    channel: OneChannel = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N", min=1, help="The latest N. Default: 50 in a table.", callback=storable),
    ] = None,
    output: Output = None,
) -> None:
    """List messages in the order in which they were made. For messages you name, list every attempt.

    pending: waits for its next attempt. held: waits for something else, which is shown. sent: accepted by the receiver.
    dead: will not be sent, and why.

    \b
    Example:  trialwatch alerts outbox
              trialwatch alerts outbox --state dead
              trialwatch alerts outbox msg_e5dw72ry
    """
    if state is not None:
        check_choice("--state", state, STATES)
    loaded = settings()
    config, _ = examine(loaded)
    table = chosen(output) is Format.TABLE
    at_most = limit or (SHOWN_IN_A_TABLE + 1 if table else None)
    with read_store(loaded) as session:
        request = OutboxRequest(tuple(keys or ()), state, channel, at_most)
        found = find_messages(session, config, request)
        titles = titles_of(SessionReader(session), {row.trial for row in found.rows if row.trial}) if table else {}
    shown = found.rows[-SHOWN_IN_A_TABLE:] if table and not (limit or keys) else found.rows
    emit(answer_of_messages(shown, nothing_found(state, channel), titles, attempts=bool(keys)), output, pager=True)
    if len(shown) < len(found.rows):
        note(f"These are the latest {len(shown)}. For more: --limit N, --state S, or all with -o csv")
    raise typer.Exit(tell_unknown_messages(found.unknown))
