"""Find what should have arrived and has not: overdue messages, and channels whose last message died."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session

from storage.engine.bulk import table_of
from storage.tables.models import AttemptRow, MessageRow
from storage.values.states import AttemptState, MessageState

__all__ = ["GivenUp", "Overdue", "due_now", "last_words_given_up", "overdue"]

_MESSAGE, _ATTEMPT = table_of(MessageRow).c, table_of(AttemptRow).c
_DIED = (AttemptState.DEAD, AttemptState.TOLD)


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


def overdue(session: Session, now: datetime, limits: Mapping[str, timedelta]) -> list[Overdue]:
    """Return pending messages due for longer than the limit of their severity, by channel."""
    columns = (_MESSAGE.channel, _MESSAGE.severity, _MESSAGE.due_at, _MESSAGE.attempts, _MESSAGE.last_error)
    shortest = min(limits.values())
    query = select(*columns).where(_MESSAGE.state == MessageState.PENDING, _MESSAGE.due_at <= now - shortest)
    found: dict[str, Overdue] = {}
    for row in session.connection().execute(query.order_by(_MESSAGE.due_at, _MESSAGE.id)):
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


def due_now(session: Session, now: datetime) -> int:
    """Return the number of messages that could be sent now: due, not held by a batch, and not being sent."""
    due = select(func.count()).where(
        _MESSAGE.state == MessageState.PENDING, _MESSAGE.batch == "", _MESSAGE.due_at <= now
    )
    return int(session.connection().execute(due).scalar_one())


def last_words_given_up(session: Session) -> list[GivenUp]:
    """Return channels whose last settled message is dead. Messages that a person muted or set aside do not count."""
    # The last attempt tells how a message died: "dead" or "told" for a failed delivery. A mute adds no attempt.
    latest = select(func.max(_ATTEMPT.id)).group_by(_ATTEMPT.key)
    died = select(_ATTEMPT.key).where(_ATTEMPT.id.in_(latest), _ATTEMPT.outcome.in_(_DIED))
    dead = select(_MESSAGE.channel, _MESSAGE.trial, _MESSAGE.last_error, _MESSAGE.settled_at).where(
        _MESSAGE.state == MessageState.DEAD, _MESSAGE.key.in_(died)
    )
    sent = select(_MESSAGE.channel, func.max(_MESSAGE.settled_at)).where(_MESSAGE.state == MessageState.SENT)
    connection = session.connection()
    newest = {row[0]: row[1] for row in connection.execute(sent.group_by(_MESSAGE.channel))}
    found: dict[str, GivenUp] = {}
    for row in connection.execute(dead.order_by(_MESSAGE.settled_at, _MESSAGE.id)):
        if row.settled_at is not None and row.settled_at >= (newest.get(row.channel) or row.settled_at):
            found[row.channel] = GivenUp(row.channel, row.trial, row.last_error, row.settled_at)
    return sorted(found.values(), key=lambda it: it.channel)
