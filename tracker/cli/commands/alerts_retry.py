"""alerts retry: send messages again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from msgspec import UNSET
from msgspec.structs import replace
from sqlmodel import Session

from storage.outbox import channel_states, queries
from tracker.alerts.render.commands import lift_command
from tracker.app import open_context, open_delivery
from tracker.cli.arguments import Keys, OneChannel, moment
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.delivery_notes import tell_delivered
from tracker.cli.render.output import Output, emit, note
from tracker.cli.render.tables.message_table import answer_of_messages, tell_unknown_messages
from tracker.errors import UsageError
from tracker.processes.daemon_lock import is_daemon_running
from tracker.services.alerts.outbox import keys_of, messages_of
from tracker.services.changes.moments import Moment

__all__ = ["command"]


def command(
    keys: Keys = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="W", help="All that died since: a date, an instant, or 7d, 12h.")
    ] = None,
    channel: OneChannel = None,
    output: Output = None,
) -> None:
    """Send messages again: the ones you name, or dead letters. They keep their keys, so a receiver can recognize them.

    A mail that did not reach everyone goes only to the addresses it did not reach. The messages are sent now, or by the
    running daemon.

    \b
    Example:  trialwatch alerts retry msg_e5dw72ry
              trialwatch alerts retry --since 2d --channel team
    """
    if bool(keys) == bool(since or channel):
        raise UsageError("Name keys, or dead letters by --since or --channel. See: trialwatch alerts outbox")
    loaded = settings()
    with open_context(loaded) as context:
        delivery_worker, now = open_delivery(context, loaded), context.clock.now()
        with context.database.write() as session:
            found, unknown = keys_of(session, keys) if keys else (_dead(session, since, channel, now), [])
            _refuse_muted(session, found)
            queries.again(session, found, now, context.holder)
        if is_daemon_running(context.database):
            note("The daemon sends what is due.")
        else:
            tell_delivered(delivery_worker.deliver(), context.alerts.unusable)
        with context.database.read() as session:
            rows = messages_of(session, context.alerts, found)
    emit(answer_of_messages([replace(row, tried=UNSET) for row in rows], "No such letter is dead."), output)
    raise typer.Exit(tell_unknown_messages(unknown))


def _dead(session: Session, since: str | None, channel: str | None, now: datetime) -> list[str]:
    found = moment(since, now) if since else Moment(instant=datetime.min.replace(tzinfo=UTC))
    return queries.dead_since(session, found.instant or datetime.fromisoformat(f"{found.day}T00:00Z"), channel)


def _refuse_muted(session: Session, keys: Sequence[str]) -> None:
    muted = {it.channel for it in channel_states.muted(session) if not it.address}
    for row in (queries.find(session, key) for key in keys):
        if row is not None and row.channel in muted:
            raise UsageError(
                f"The channel {row.channel} is muted; first: {lift_command(row.channel)}", subject=row.channel
            )
