"""Messages on their way: put in with the changes they tell of, claimed under a lease, settled with what came of it.

A message is here from the moment its change is: both are written in one transaction. Whoever sends it writes the
attempt first, so that a crash leaves a trace and the message, never neither; when the lease runs out it is sent again
under the same key. Nothing here sends or decides when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson
from sqlalchemy import ColumnElement, Select, and_, delete, exists, insert, or_, select, update
from sqlmodel import Session

from storage.bulk import batches, insert_absent, storable, table_of
from storage.models import Attempt, Message, MessageEvent

__all__ = [
    "Claimed",
    "NewMessage",
    "Outcome",
    "bury",
    "claim",
    "freeze",
    "group",
    "has_due",
    "join",
    "open_batches",
    "postpone",
    "queue",
    "release",
    "set_aside",
    "settle",
]

_MESSAGE = table_of(Message).c


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to put in. `seqs` are the events it tells of, at least one; `batch` "" when it may go at once."""

    key: str
    channel: str
    kind: str
    trial: str
    severity: str
    rules: tuple[str, ...]
    seqs: tuple[int, ...]
    created_at: datetime
    due_at: datetime
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours until the lease runs out. `attempts` counts this one, `attempt` is its row; `recipients`:
    address -> "" for reached, else why it never will be.

    `body` is what earlier attempts sent, None before the first.
    """

    key: str
    channel: str
    kind: str
    trial: str
    severity: str
    rules: tuple[str, ...]
    created_at: datetime
    attempts: int
    attempt: int
    recipients: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt. "retry" needs `next_attempt_at`; `recipients` replaces what was known of them."""

    outcome: Literal["sent", "retry", "dead"]
    status: int | None = None
    detail: str = ""
    next_attempt_at: datetime | None = None
    recipients: Mapping[str, str] | None = None


def queue(session: Session, messages: Sequence[NewMessage]) -> None:
    """Put messages in. One whose key is here already stays as it is: an event is told a channel once."""
    insert_absent(session, Message, [_row(it) for it in messages])
    told = [{"key": it.key, "seq": seq} for it in messages for seq in it.seqs]
    insert_absent(session, MessageEvent, told)


def _row(message: NewMessage) -> dict[str, Any]:
    return {
        "key": message.key,
        "channel": storable(message.channel),
        "kind": message.kind,
        "trial": message.trial,
        "severity": message.severity,
        "rules": orjson.dumps(message.rules).decode(),
        "batch": message.batch,
        "within": "",
        "state": "pending",
        "created_at": message.created_at,
        "due_at": message.due_at,
        "next_attempt_at": message.due_at,
        "attempts": 0,
        "last_error": "",
        "recipients": "{}",
    }


def join(session: Session, message: NewMessage) -> bool:
    """Add the events of `message` to the one of its key, made if need be. False when that is closed: on its way."""
    query = select(_MESSAGE.state, _MESSAGE.attempts, _MESSAGE.body.is_(None).label("blank"))
    found = session.connection().execute(query.where(_MESSAGE.key == message.key).with_for_update()).one_or_none()
    if found is not None and (found.state != "pending" or found.attempts or not found.blank):
        return False
    queue(session, [message])
    return True


def open_batches(session: Session) -> dict[str, datetime]:
    """The batches that still hold messages back, each with when its first one was made."""
    query = select(_MESSAGE.batch, _MESSAGE.created_at).where(_MESSAGE.batch != "").order_by(_MESSAGE.id.desc())
    return {row.batch: row.created_at for row in session.connection().execute(query)}


def release(session: Session, batch: str) -> None:
    """Let the messages of a batch go."""
    session.connection().execute(update(table_of(Message)).where(_MESSAGE.batch == batch).values(batch=""))


def group(session: Session, message: NewMessage, members: Iterable[str]) -> None:
    """Tell `members` (keys) as one: `message` goes out in their place."""
    queue(session, [message])
    for keys in batches(members):
        mine = update(table_of(Message)).where(_MESSAGE.key.in_(keys), _MESSAGE.state == "pending")
        session.connection().execute(mine.values(state="grouped", within=message.key, batch=""))


def has_due(session: Session, channel: str, now: datetime) -> bool:
    """Whether a channel has something that `claim` would take now."""
    return session.connection().execute(_due(channel, now).where(~_behind()).limit(1)).first() is not None


def claim(session: Session, channel: str, now: datetime, by: str, lease: timedelta) -> Claimed | None:
    """Take the next message of a channel, and write the attempt about to be made. None when nothing is due.

    Of one trial the earlier message goes first: a later one waits until that is sent or dead, unless it was due
    before it (quiet hours hold the one and not the other).
    """
    query = _due(channel, now).where(~_behind()).order_by(_MESSAGE.next_attempt_at, _MESSAGE.id).limit(1)
    found = session.connection().execute(query.with_for_update(skip_locked=True)).mappings().one_or_none()
    if found is None:
        return None
    row = {"key": found["key"], "started_at": now, "by": by, "outcome": "running", "detail": ""}
    attempt = session.connection().execute(insert(table_of(Attempt)).values(row)).inserted_primary_key
    assert attempt is not None
    taken = {"attempts": found["attempts"] + 1, "lease_until": now + lease, "lease_of": attempt[0]}
    session.connection().execute(update(table_of(Message)).where(_MESSAGE.id == found["id"]).values(taken))
    return _claimed(found, attempt[0])


def _claimed(found: Mapping[Any, Any], attempt: int) -> Claimed:
    same = ("key", "channel", "kind", "trial", "severity", "created_at", "body")
    return Claimed(
        **{name: found[name] for name in same},
        rules=tuple(orjson.loads(found["rules"])),
        attempts=found["attempts"] + 1,
        attempt=attempt,
        recipients=orjson.loads(found["recipients"]),
    )


def _due(channel: str, now: datetime) -> Select[Any]:
    return select(table_of(Message)).where(
        _MESSAGE.channel == storable(channel),
        _MESSAGE.state == "pending",
        _MESSAGE.next_attempt_at <= now,
        _MESSAGE.batch == "",
        or_(_MESSAGE.lease_until.is_(None), _MESSAGE.lease_until <= now),
    )


def _behind() -> ColumnElement[bool]:
    """Whether an earlier message about the same trial is still on its way to the same channel."""
    earlier = table_of(Message).alias("earlier").c
    return exists().where(
        and_(
            _MESSAGE.trial != "",
            earlier.channel == _MESSAGE.channel,
            earlier.trial == _MESSAGE.trial,
            earlier.state == "pending",
            earlier.id < _MESSAGE.id,
            earlier.due_at <= _MESSAGE.due_at,
        )
    )


def postpone(session: Session, claimed: Claimed, until: datetime) -> None:
    """Give a claimed message back unattempted: it may not go before `until`."""
    attempt = table_of(Attempt)
    session.connection().execute(delete(attempt).where(attempt.c.id == claimed.attempt))
    back: dict[str, Any] = {"attempts": claimed.attempts - 1, "lease_until": None, "lease_of": None}
    back |= {"due_at": until, "next_attempt_at": until}
    session.connection().execute(update(table_of(Message)).where(_MESSAGE.key == claimed.key).values(back))


def freeze(session: Session, key: str, body: bytes) -> None:
    """Keep what is about to be sent: every later attempt sends the very same."""
    session.connection().execute(update(table_of(Message)).where(_MESSAGE.key == key).values(body=body))


def settle(session: Session, claimed: Claimed, outcome: Outcome, now: datetime) -> None:
    """Write down what came of an attempt.

    One that took longer than its lease may be late: what was sent is sent, but a failure no longer says anything about
    a message that somebody else has claimed since.
    """
    values: dict[str, Any] = {"last_status": outcome.status, "last_error": storable(outcome.detail)}
    values |= {"lease_until": None, "lease_of": None}
    if outcome.recipients is not None:
        values["recipients"] = orjson.dumps(dict(outcome.recipients)).decode()
    if outcome.outcome == "retry":
        values["next_attempt_at"] = outcome.next_attempt_at
    else:
        values |= {"state": outcome.outcome, "settled_at": now}
    mine = update(table_of(Message)).where(_MESSAGE.key == claimed.key, _MESSAGE.state == "pending")
    if outcome.outcome != "sent":
        mine = mine.where(_MESSAGE.lease_of == claimed.attempt)
    session.connection().execute(mine.values(values))
    ended = {"ended_at": now, "outcome": outcome.outcome, "status": outcome.status, "detail": storable(outcome.detail)}
    attempt = table_of(Attempt)
    session.connection().execute(update(attempt).where(attempt.c.id == claimed.attempt).values(ended))


def bury(session: Session, channel: str, reason: str, now: datetime) -> int:
    """Make dead letters of all that waits for a channel; returns how many."""
    waiting = and_(_MESSAGE.channel == storable(channel), _MESSAGE.state == "pending", _MESSAGE.batch == "")
    dead = {"state": "dead", "settled_at": now, "last_error": storable(reason), "lease_until": None, "lease_of": None}
    return session.connection().execute(update(table_of(Message)).where(waiting).values(dead)).rowcount


def set_aside(session: Session, reason: str, now: datetime) -> int:
    """Make dead letters of all messages that were due by now or on their way; returns how many.

    What is due later cannot have been sent by anybody yet, and stays.
    """
    might_be_sent = or_(_MESSAGE.next_attempt_at <= now, _MESSAGE.lease_until.is_not(None))
    dead = {"state": "dead", "settled_at": now, "last_error": storable(reason), "lease_until": None, "lease_of": None}
    mine = update(table_of(Message)).where(_MESSAGE.state == "pending", might_be_sent)
    return session.connection().execute(mine.values(**dead, batch="")).rowcount
