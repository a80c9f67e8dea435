"""The table of messages in the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from rich.text import Text

from storage.values.states import MessageState
from tracker.api.alerts import Message
from tracker.cli.render.column import Column, Row
from tracker.cli.render.local_time import local_second
from tracker.cli.render.output import Answer, note
from tracker.cli.render.table import print_table
from tracker.cli.render.terminal import console, hanging
from tracker.cli.render.trial_heading import trial_heading
from tracker.records.clean import clean

__all__ = [
    "FIELDS",
    "SHORT_KEY",
    "STYLES",
    "answer_of_messages",
    "nothing_found",
    "tell_unknown_messages",
    "trial_column",
]

SHORT_KEY = 12
"""The number of characters of a key that a table shows. They are enough to name the message."""
FIELDS = (
    *("key", "channel", "kind", "state", "attempts", "next_attempt_at", "last_error", "held_by", "trial"),
    *("severity", "summary", "rules", "changes", "created_at", "settled_at"),
)
STYLES: dict[str, str] = {MessageState.DEAD: "bold red", MessageState.HELD: "yellow", MessageState.PENDING: "cyan"}


def tell_unknown_messages(words: Sequence[str]) -> int:
    """Name keys that match no message, and return the exit code."""
    for word in words:
        note(f"There is no message {word}. See: trialwatch alerts outbox")
    return 3 if words else 0


def nothing_found(state: str | None, channel: str | None) -> str:
    to = f" to {channel[:40]}" if channel else ""
    return f"No message{to} is {state}." if state else f"No message{to} yet: nothing has happened that a rule asks for."


def answer_of_messages(
    messages: Sequence[Message], empty: str, titles: Mapping[str, str] = {}, *, attempts: bool = False
) -> Answer:
    """Return the messages in every format. `titles` are those of their trials, for the table."""
    rows = msgspec.to_builtins(messages)
    columns = (
        Column("key", "Key", lambda row: row["key"][:SHORT_KEY]),
        Column("state", "State", style=lambda row: STYLES.get(row["state"], "")),
        Column("channel", "Channel"),
        Column("attempts", "Tries", right=True, spare=2),
        Column("when", "When", _when, instant=True),
        trial_column(titles),
        Column("summary", "What", _what, room=2),
    )
    fields = (*FIELDS, "tried") if attempts else FIELDS
    table = (lambda: _with_attempts(rows, columns)) if attempts else None
    return Answer({"messages": rows}, "messages", fields, columns, empty, table)


def trial_column(titles: Mapping[str, str]) -> Column:
    """Return a column of trials with their titles, for tables of messages."""

    def trial(row: Row) -> str:
        return trial_heading(row["trial"], titles.get(row["trial"]))

    return Column("trial", "Trial", trial, room=1, line=True, spare=1, joins="summary")


def _when(row: Row) -> str:
    instant = row["next_attempt_at"] or row["settled_at"] or row["created_at"]
    return str(instant)


def _what(row: Row) -> str:
    about = row["summary"]
    why = row["held_by"] or (row["last_error"] if row["state"] != MessageState.SENT else None)
    return f"{about} ({'waits for: ' if row['held_by'] else ''}{why})" if why else about


def _with_attempts(rows: Sequence[Row], columns: Sequence[Column]) -> None:
    out = console()
    for row in rows:
        print_table(columns[1:], [row], row["key"])
        for attempt in row["tried"]:
            when = local_second(attempt["started_at"])
            detail = f": {attempt['detail']}" if attempt["detail"] else ""
            hanging(out, f"  {when}  ", Text(clean(f"{attempt['outcome']}{detail}, by {attempt['by']}")))
        out.print()
