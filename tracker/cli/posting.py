"""alerts outbox, retry, purge: what waits, what was sent, what died; sending again, clearing away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.common import moment, settings, storable
from tracker.cli.delivering import tell_delivered
from tracker.cli.output import Answer, Column, Format, Output, chosen, emit, note
from tracker.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

__all__ = ["add_to"]

SHOWN_IN_A_TABLE = 50
SHORT_KEY = 12
"""Characters of a key that a table shows; enough to name the message by."""
FIELDS = (
    *("key", "channel", "kind", "state", "attempts", "next_attempt_at", "last_error", "held_by", "trial"),
    *("severity", "summary", "rules", "changes", "created_at", "settled_at"),
)
STYLES = {"dead": "bold red", "held": "yellow", "pending": "cyan"}

Keys = Annotated[list[str] | None, typer.Argument(metavar="KEY", help="Keys of messages, or the beginnings of keys.")]
OneChannel = Annotated[str | None, typer.Option("--channel", metavar="C", help="Only messages to this channel.")]


def add_to(group: typer.Typer) -> None:
    group.command("outbox", short_help="List messages: what waits, was sent, or died.")(outbox)
    group.command("retry", short_help="Send messages again.")(retry)
    group.command("purge", short_help="Forget old messages.")(purge)


def outbox(
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
    """List messages in the order in which they were made; of those named, every attempt.

    pending: waiting for its next attempt. held: waiting for something else, which is said. sent: taken by the other
    side. dead: given up, with the reason. A table shows the latest 50, and when each is due or was settled.

    \b
    Example:  trialwatch alerts outbox --state dead
              trialwatch alerts outbox msg_e5dw72ry
    """
    from tracker.alerts.config import examine
    from tracker.context.open_store import open_store
    from tracker.services.alerts import outbox as answers

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
    emit(_answer(shown, _nothing(state, channel), attempts=bool(keys)), output)
    if len(shown) < len(found):
        note(f"These are the latest {len(shown)}. For more: --limit N, --state S, or all with -o csv")
    raise typer.Exit(_tell_unknown(unknown))


def retry(
    keys: Keys = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="W", help="All that died since: a date, an instant, or 7d, 12h.")
    ] = None,
    channel: OneChannel = None,
    output: Output = None,
) -> None:
    """Send messages again under their own keys, so that a receiver can know them: those named, or dead letters.

    Of a mail that did not reach everybody only those it did not reach. They go out now, or by the running daemon.

    \b
    Example:  trialwatch alerts retry msg_e5dw72ry
              trialwatch alerts retry --since 2d --channel team
    """
    from storage.outbox import queries
    from tracker.app import open_context, open_delivery
    from tracker.processes.daemon_lock import is_daemon_running
    from tracker.services.alerts.outbox import keys_of, messages_of

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
    emit(_answer([{name: row[name] for name in FIELDS} for row in rows], "No such letter is dead."), output)
    raise typer.Exit(_tell_unknown(unknown))


def _dead(session: Session, since: str | None, channel: str | None, now: datetime) -> list[str]:
    from datetime import UTC, datetime

    from storage.outbox import queries

    day, instant = moment(since, now) if since else (None, datetime.min.replace(tzinfo=UTC))
    return queries.dead_since(session, instant or datetime.fromisoformat(f"{day}T00:00Z"), channel)


def _refuse_muted(session: Session, keys: Sequence[str]) -> None:
    from storage.outbox import channel_states, queries
    from tracker.alerts.render.commands import lift_command

    muted = {it.channel for it in channel_states.muted(session) if not it.address}
    for row in (queries.find(session, key) for key in keys):
        if row is not None and row.channel in muted:
            raise UsageError(
                f"The channel {row.channel} is muted; first: {lift_command(row.channel)}", subject=row.channel
            )


def purge(
    dead: Annotated[bool, typer.Option("--dead", help="Forget every dead letter, however young.")] = False,
    output: Output = None,
) -> None:
    """Forget messages that were sent, or died, more than 90 days ago, as the daemon does every day.

    What they told of stays: changes are never forgotten.

    \b
    Example:  trialwatch alerts purge
    """
    from storage.outbox import queries
    from tracker.context.open_store import clock_of, open_store
    from tracker.daemon.housekeeping import KEEP_LETTERS

    loaded = settings()
    clock = clock_of(loaded)
    with open_store(loaded, clock) as database, database.write() as session:
        forgotten = queries.clear_old(session, clock.now() - KEEP_LETTERS)
        if dead:
            forgotten += queries.purge(session)
    emit(Answer({"purge": {"forgotten": forgotten}}, "purge", ("forgotten",), table=lambda: _purged(forgotten)), output)


def _purged(forgotten: int) -> None:
    from tracker.changes.wording.words import count_of
    from tracker.cli.terminal import console

    console().print(f"Forgot {count_of(forgotten, 'message')}." if forgotten else "There was nothing to forget.")


def _tell_unknown(words: Sequence[str]) -> int:
    """Name what no message goes by; returns the exit code."""
    for word in words:
        note(f"There is no message {word}. See: trialwatch alerts outbox")
    return 3 if words else 0


def _nothing(state: str | None, channel: str | None) -> str:
    to = f" to {channel[:40]}" if channel else ""
    return f"No message{to} is {state}." if state else f"No message{to} yet: nothing has happened that a rule asks for."


def _answer(rows: list[dict[str, Any]], empty: str, *, attempts: bool = False) -> Answer:
    columns = (
        Column("key", "Key", lambda row: row["key"][:SHORT_KEY]),
        Column("state", "State", style=lambda row: STYLES.get(row["state"], "")),
        Column("channel", "Channel"),
        Column("attempts", "Tries", right=True),
        Column("when", "When (UTC)", _when),
        Column("summary", "What", _what, room=1),
    )
    fields = (*FIELDS, "tried") if attempts else FIELDS
    table = (lambda: _with_attempts(rows, columns)) if attempts else None
    return Answer({"messages": rows}, "messages", fields, columns, empty, table)


def _when(row: Any) -> str:
    instant = row["next_attempt_at"] or row["settled_at"] or row["created_at"]
    return str(instant)[:16].replace("T", " ")


def _what(row: Any) -> str:
    about = f"{row['trial']} {row['summary']}".strip()
    why = row["held_by"] or (row["last_error"] if row["state"] != "sent" else None)
    return f"{about} ({'waits for: ' if row['held_by'] else ''}{why})" if why else about


def _with_attempts(rows: list[dict[str, Any]], columns: Sequence[Column]) -> None:
    from rich.text import Text

    from tracker.cli.table import print_table
    from tracker.cli.terminal import console, hanging
    from tracker.records.clean import clean

    out = console()
    for row in rows:
        out.print(Text(row["key"], style="bold"))
        print_table(columns[1:], [row])
        for attempt in row["tried"]:
            when = str(attempt["started_at"])[:19].replace("T", " ")
            detail = f": {attempt['detail']}" if attempt["detail"] else ""
            hanging(out, f"  {when}  ", Text(clean(f"{attempt['outcome']}{detail}, by {attempt['by']}")))
        out.print()
