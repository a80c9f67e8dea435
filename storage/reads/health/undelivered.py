"""Find what should have arrived and has not: overdue messages, and channels whose last message died."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from storage.reads.query import Query
from storage.reads.row_reader import RowReader
from storage.values.states import AttemptState, MessageState

__all__ = ["GivenUp", "Overdue", "due_now", "last_words_given_up", "overdue"]


@dataclass(frozen=True, slots=True)
class Overdue:
    """The overdue messages of one channel. `since`: when the first of them was due.

    `tried`: whether any of them was tried. `error`: the error of the last attempt at the first one, or "".
    """

    channel: str
    number: int
    since: datetime
    tried: bool
    error: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The last message to a channel, which died. `trial` is "" for several, or if it is about the watch itself."""

    channel: str
    trial: str
    reason: str
    at: datetime


class _Pending(NamedTuple):
    channel: str
    severity: str
    due_at: datetime
    attempts: int
    last_error: str


class _Dead(NamedTuple):
    channel: str
    trial: str
    last_error: str
    settled_at: datetime | None


class _LastSent(NamedTuple):
    channel: str
    at: datetime | None


class _Number(NamedTuple):
    number: int


_DUE: Final = Query(
    f"""
    SELECT channel, severity, due_at, attempts, last_error FROM message
    WHERE state = '{MessageState.PENDING}' AND due_at <= :until ORDER BY due_at, id
    """,
    _Pending,
)
_DUE_NOW: Final = Query(
    f"SELECT count(*) FROM message WHERE state = '{MessageState.PENDING}' AND batch = '' AND due_at <= :now", _Number
)
# The last attempt tells how a message died: "dead" or "told" for a failed delivery. A mute adds no attempt.
_DIED: Final = Query(
    f"""
    SELECT channel, trial, last_error, settled_at FROM message
    WHERE state = '{MessageState.DEAD}' AND key IN (
        SELECT key FROM attempt WHERE id IN (SELECT max(id) FROM attempt GROUP BY key)
        AND outcome IN ('{AttemptState.DEAD}', '{AttemptState.TOLD}')
    )
    ORDER BY settled_at, id
    """,
    _Dead,
)
_LAST_SENT: Final = Query(
    f"SELECT channel, max(settled_at) FROM message WHERE state = '{MessageState.SENT}' GROUP BY channel", _LastSent
)


def overdue(reader: RowReader, now: datetime, limits: Mapping[str, timedelta]) -> list[Overdue]:
    """Return pending messages due for longer than the limit of their severity, by channel."""
    found: dict[str, Overdue] = {}
    for row in reader.rows(_DUE, until=now - min(limits.values())):
        if row.due_at > now - limits[row.severity]:
            continue
        before = found.get(row.channel, Overdue(row.channel, 0, row.due_at, False, row.last_error))
        found[row.channel] = Overdue(
            row.channel,
            before.number + 1,
            before.since,
            before.tried or row.attempts > 0,
            before.error or row.last_error,
        )
    return sorted(found.values(), key=lambda it: it.channel)


def due_now(reader: RowReader, now: datetime) -> int:
    """Return the number of messages that could be sent now: due, not held by a batch, and not being sent."""
    return reader.one(_DUE_NOW, now=now).number


def last_words_given_up(reader: RowReader) -> list[GivenUp]:
    """Return channels whose last settled message is dead. Messages that a person muted or set aside do not count."""
    newest = {row.channel: row.at for row in reader.rows(_LAST_SENT)}
    found: dict[str, GivenUp] = {}
    for row in reader.rows(_DIED):
        if row.settled_at is not None and row.settled_at >= (newest.get(row.channel) or row.settled_at):
            found[row.channel] = GivenUp(row.channel, row.trial, row.last_error, row.settled_at)
    return sorted(found.values(), key=lambda it: it.channel)
