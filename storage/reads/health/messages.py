"""What the outbox holds, as far as it can be asked without a session."""

from __future__ import annotations

from typing import Final, NamedTuple

from storage.reads.health import monitoring
from storage.reads.query import Query
from storage.reads.row_reader import RowReader
from storage.values.states import MessageState

__all__ = ["ANY_DEAD", "counts", "unheard"]


class _Found(NamedTuple):
    found: bool


class _Notice(NamedTuple):
    channel: str
    state: str


ANY_DEAD: Final = Query(f"SELECT EXISTS (SELECT 1 FROM message WHERE state = '{MessageState.DEAD}')", _Found)
"""Whether any message was given up."""
_NOTICES: Final = Query(
    """
    SELECT m.channel, m.state FROM message m JOIN message_event r ON r.key = m.key
    WHERE r.seq = (SELECT max(e.seq) FROM event e WHERE e.kind = 'ops.channel_disabled' AND e.subject = :channel)
    """,
    _Notice,
)
"""The messages that tell that a channel was disabled, the last time that it was."""


def counts(reader: RowReader) -> dict[tuple[str, str], int]:
    """Return the number of messages by (channel, state), sorted. Messages inside a group are left out."""
    return {(it.channel, it.state): it.messages for it in reader.rows(monitoring.MESSAGES)}


def unheard(reader: RowReader) -> dict[str, str]:
    """Return disabled channels and their reasons, where no notice about it was sent or is about to be sent."""
    closed = {it.channel: it.reason for it in reader.rows(monitoring.CHANNELS) if it.is_disabled}

    def is_told(name: str) -> bool:
        return any(
            it.state == MessageState.SENT or (it.state == MessageState.PENDING and it.channel not in closed)
            for it in reader.rows(_NOTICES, channel=name)
        )

    return {name: reason for name, reason in closed.items() if not is_told(name)}
