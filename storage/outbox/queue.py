"""The message queue: add messages with the changes they report, claim them under a lease, settle them.

A message is written in the same transaction as its change. Several messages can be claimed at once, but each attempt is
begun separately. The sender records the attempt before it sends. So a crash always leaves both a trace and the message.
When the lease ends, the message is sent again under the same key. This module does not send, and does not decide when
to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson
from sqlalchemy import ColumnElement, Select, and_, case, delete, exists, or_, select, update
from sqlmodel import Session

from storage.engine.bulk import RowValues, batches, insert_absent, storable, table_of
from storage.reads.in_session import execute_insert, execute_text
from storage.reads.query import Value
from storage.tables.models import AttemptRow, MessageEventRow, MessageRow
from storage.values.states import AttemptState, MessageState

__all__ = [
    "AttemptOutcome",
    "Claimed",
    "NewMessage",
    "QueuedMessage",
    "begin",
    "claim",
    "extend",
    "give_back",
    "group",
    "has_due",
    "keep_only",
    "look_up",
    "mark_dead",
    "open_batches",
    "postpone",
    "queue",
    "release",
    "set_aside",
    "settle",
]

_MESSAGE, _ATTEMPT = table_of(MessageRow).c, table_of(AttemptRow).c
_REACHED = '%:""%'
"""The JSON text of recipients of which one is reached. Within a string each quotation mark would follow a backslash."""
_NO_ATTEMPT = (AttemptState.ASKED, AttemptState.TOLD)
"""Entries among the attempts that are none: what a person wanted, or was told."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to add. `seqs`: its events, at least one. `batch`: "" if it may be sent at once."""

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
class QueuedMessage:
    """A queued message, as far as more events can change it. `is_open`: no attempt to send it has begun."""

    severity: str
    rules: tuple[str, ...]
    due_at: datetime
    is_open: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours until the lease ends.

    `attempt`: the row of the current attempt, 0 before it begins. `attempts`: the number of attempts, including the
    current one. `recipients`: address -> "" if reached, otherwise why it never will be. `doubted`: address -> since
    when it is refused for a reason that may be a mistake. `body`: what earlier attempts sent to the same place, None
    before the first.
    """

    key: str
    channel: str
    kind: str
    trial: str
    severity: str
    rules: tuple[str, ...]
    created_at: datetime
    attempts: int
    recipients: Mapping[str, str]
    body: bytes | None
    until: datetime
    attempt: int = 0
    doubted: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """The result of an attempt. "retry" needs `next_attempt_at`. `recipients` and `doubted` replace earlier values."""

    outcome: Literal[AttemptState.SENT, AttemptState.RETRY, AttemptState.DEAD]
    status: int | None = None
    detail: str = ""
    next_attempt_at: datetime | None = None
    recipients: Mapping[str, str] | None = None
    doubted: Mapping[str, datetime] | None = None


def queue(session: Session, messages: Sequence[NewMessage]) -> None:
    """Add messages. One whose key exists stays as it is, so a channel gets each event once."""
    insert_absent(session, MessageRow, [_row(it) for it in messages])
    contents = [{"key": it.key, "seq": seq} for it in messages for seq in it.seqs]
    insert_absent(session, MessageEventRow, contents)


def _row(message: NewMessage) -> RowValues:
    return {
        "key": message.key,
        "channel": storable(message.channel),
        "kind": message.kind,
        "trial": message.trial,
        "severity": message.severity,
        "rules": orjson.dumps(message.rules).decode(),
        "batch": message.batch,
        "within": "",
        "state": MessageState.PENDING,
        "created_at": message.created_at,
        "due_at": message.due_at,
        "next_attempt_at": message.due_at,
        "attempts": 0,
        "last_error": "",
        "recipients": "{}",
    }


def look_up(session: Session, keys: Iterable[str]) -> dict[str, QueuedMessage]:
    """Return the messages of these keys, locked until the transaction ends.

    A message that was ever claimed is closed, unless it was given back, because some may have it already.
    """
    blank = and_(_MESSAGE.body.is_(None), _MESSAGE.lease_until.is_(None), _MESSAGE.attempts == 0)
    # That is not enough: a channel that leads elsewhere has lost its bytes, one that was enabled again counts from 0.
    begun = exists().where(_ATTEMPT.key == _MESSAGE.key, _ATTEMPT.outcome.not_in(_NO_ATTEMPT))
    is_open = and_(_MESSAGE.state == MessageState.PENDING, blank, ~begun)
    columns = (_MESSAGE.key, _MESSAGE.severity, _MESSAGE.rules, _MESSAGE.due_at)
    # Lock the row: a delivery worker may claim it at this moment.
    query = select(*columns, is_open.label("is_open")).order_by(_MESSAGE.id)
    found = {}
    for some in batches(keys):
        for row in session.connection().execute(query.where(_MESSAGE.key.in_(some)).with_for_update()):
            rules = tuple(orjson.loads(row.rules))
            found[row.key] = QueuedMessage(row.severity, rules, row.due_at, bool(row.is_open))
    return found


def extend(session: Session, message: NewMessage) -> None:
    """Add the events of `message` to the open message with its key, and give that the values of `message`."""
    insert_absent(session, MessageEventRow, [{"key": message.key, "seq": seq} for seq in message.seqs])
    values = {
        "kind": message.kind,
        "severity": message.severity,
        "rules": orjson.dumps(message.rules).decode(),
        "due_at": message.due_at,
        "next_attempt_at": case(
            (_MESSAGE.next_attempt_at > message.due_at, message.due_at), else_=_MESSAGE.next_attempt_at
        ),
    }
    session.connection().execute(update(table_of(MessageRow)).where(_MESSAGE.key == message.key).values(values))


def open_batches(session: Session) -> dict[str, datetime]:
    """Return the batches that still hold messages back, with the creation time of their first message."""
    query = select(_MESSAGE.batch, _MESSAGE.created_at).where(_MESSAGE.batch != "").order_by(_MESSAGE.id.desc())
    return {row.batch: row.created_at for row in session.connection().execute(query)}


def release(session: Session, batch: str) -> None:
    """Let the messages of a batch be sent."""
    session.connection().execute(update(table_of(MessageRow)).where(_MESSAGE.batch == batch).values(batch=""))


def group(session: Session, message: NewMessage, members: Iterable[str]) -> None:
    """Send `message` in place of the messages with the keys `members`."""
    queue(session, [message])
    for keys in batches(members):
        mine = update(table_of(MessageRow)).where(_MESSAGE.key.in_(keys), _MESSAGE.state == MessageState.PENDING)
        session.connection().execute(mine.values(state=MessageState.GROUPED, within=message.key, batch=""))


def keep_only(session: Session, message: NewMessage) -> None:
    """Reduce a message that was not sent yet to the events of `message`. The other events are in another message."""
    events = table_of(MessageEventRow)
    session.connection().execute(delete(events).where(events.c.key == message.key, events.c.seq.not_in(message.seqs)))
    left: RowValues = {
        "kind": message.kind,
        "severity": message.severity,
        "rules": orjson.dumps(message.rules).decode(),
    }
    left |= {"due_at": message.due_at, "next_attempt_at": message.due_at}
    session.connection().execute(update(table_of(MessageRow)).where(_MESSAGE.key == message.key).values(left))


def has_due(session: Session, channel: str, now: datetime) -> bool:
    """Whether `claim` would return a message of this channel now."""
    return session.connection().execute(_due(channel, now).where(~_behind()).limit(1)).first() is not None


def claim(session: Session, channel: str, now: datetime, lease: timedelta, most: int = 1) -> list[Claimed]:
    """Claim the next messages of a channel, at most `most`. Return [] if none is due. Call `begin` for each.

    Messages about one trial are sent in order. A later one waits until the earlier one is sent or dead, unless the
    later one was due first (quiet hours may delay only one of them), or the earlier one has reached some recipients.
    """
    query = _due(channel, now).where(~_behind()).order_by(_MESSAGE.next_attempt_at, _MESSAGE.id).limit(most)
    # SKIP LOCKED: on PostgreSQL another process may be claiming at the same moment. Each gets different messages
    # instead of waiting for the other.
    found = session.connection().execute(query.with_for_update(skip_locked=True)).mappings().all()
    for some in batches(row["id"] for row in found):
        mine = update(table_of(MessageRow)).where(_MESSAGE.id.in_(some))
        session.connection().execute(mine.values(lease_until=now + lease, lease_of=None))
    return [_claimed(row, now + lease) for row in found]


def _claimed(found: Mapping[Any, Any], until: datetime) -> Claimed:
    same = ("key", "channel", "kind", "trial", "severity", "created_at", "attempts", "body")
    known: dict[str, Any] = orjson.loads(found["recipients"])
    return Claimed(
        **{name: found[name] for name in same},
        rules=tuple(orjson.loads(found["rules"])),
        recipients={address: reason for address, reason in known.items() if isinstance(reason, str)},
        doubted={
            it: datetime.fromisoformat(reason["since"]) for it, reason in known.items() if isinstance(reason, dict)
        },
        until=until,
    )


# These run for every message. As texts, they take half of the time they take as expressions.
_NEW_ATTEMPT = f"""
INSERT INTO attempt (key, started_at, by, outcome, detail) VALUES (:key, :now, :by, '{AttemptState.RUNNING}', '')
"""
_BEGIN = f"""
UPDATE message SET attempts = :attempts, lease_until = :until, lease_of = :attempt, body = :body
WHERE key = :key AND state = '{MessageState.PENDING}' AND lease_until = :claimed
"""
_SETTLE = f"""
UPDATE message
SET state = :state, settled_at = :settled_at, next_attempt_at = COALESCE(:next_attempt_at, next_attempt_at),
  recipients = :recipients, last_status = :status, last_error = :detail, lease_until = NULL, lease_of = NULL
WHERE key = :key AND state = '{MessageState.PENDING}'
"""
_SETTLE_MINE = f"{_SETTLE} AND lease_of = :attempt"
_END = "UPDATE attempt SET ended_at = :now, outcome = :outcome, status = :status, detail = :detail WHERE id = :attempt"


def begin(
    session: Session, claimed: Claimed, body: bytes | None, now: datetime, by: str, lease: timedelta
) -> Claimed | None:
    """Record the attempt that is about to be made, with the bytes to send.

    Every later attempt sends the same bytes, while the channel leads to the same place.

    Return None if the message is no longer ours: the lease ended and somebody else claimed it, or it is settled.
    """
    connection = session.connection()
    # Insert the attempt first, because the message refers to its id. If the message is no longer ours, the attempt is
    # removed again below.
    attempt = execute_insert(connection, _NEW_ATTEMPT, key=claimed.key, now=now, by=by)
    # The lease starts again here: earlier messages of the same claim may have taken most of it.
    begun = replace(claimed, attempts=claimed.attempts + 1, attempt=attempt, until=now + lease)
    # The end of the lease serves as a token: any other claim would have changed it.
    taken = execute_text(
        connection,
        _BEGIN,
        key=claimed.key,
        claimed=claimed.until,
        attempts=begun.attempts,
        until=begun.until,
        attempt=begun.attempt,
        body=body,
    )
    if taken.rowcount:
        return begun
    connection.execute(delete(table_of(AttemptRow)).where(_ATTEMPT.id == begun.attempt))
    return None


def _due(channel: str, now: datetime) -> Select[Any]:
    return select(table_of(MessageRow)).where(_is_due(channel, now))


def _is_due(channel: str, now: datetime) -> ColumnElement[bool]:
    return and_(
        _MESSAGE.channel == storable(channel),
        _MESSAGE.state == MessageState.PENDING,
        _MESSAGE.next_attempt_at <= now,
        _MESSAGE.batch == "",
        or_(_MESSAGE.lease_until.is_(None), _MESSAGE.lease_until <= now),
    )


def _behind() -> ColumnElement[bool]:
    """Whether an earlier message about the same trial is still pending for the same channel, and has reached no one.

    One that has reached some waits for the others alone: it holds nothing back.
    """
    earlier = table_of(MessageRow).alias("earlier").c
    return exists().where(
        and_(
            _MESSAGE.trial != "",
            earlier.channel == _MESSAGE.channel,
            earlier.trial == _MESSAGE.trial,
            earlier.state == MessageState.PENDING,
            earlier.id < _MESSAGE.id,
            earlier.due_at <= _MESSAGE.due_at,
            earlier.recipients.not_like(_REACHED),
        )
    )


def postpone(session: Session, claimed: Claimed, until: datetime) -> None:
    """Give back a claimed message that was not begun. It must not be sent before `until`."""
    back = {"lease_until": None, "due_at": until, "next_attempt_at": until}
    session.connection().execute(update(table_of(MessageRow)).where(*_ours(claimed)).values(back))


def give_back(session: Session, claimed: Iterable[Claimed]) -> None:
    """Give back claimed messages that were not begun."""
    for it in claimed:
        session.connection().execute(update(table_of(MessageRow)).where(*_ours(it)).values(lease_until=None))


def _ours(claimed: Claimed) -> tuple[ColumnElement[bool], ...]:
    return _MESSAGE.key == claimed.key, _MESSAGE.state == MessageState.PENDING, _MESSAGE.lease_until == claimed.until


def settle(session: Session, claimed: Claimed, outcome: AttemptOutcome, now: datetime) -> None:
    """Record the result of an attempt.

    The attempt may have taken longer than its lease. Sent is sent in any case. But a failure says nothing about a
    message that somebody else has claimed since.
    """
    again = outcome.outcome == AttemptState.RETRY
    doubted = claimed.doubted if outcome.doubted is None else outcome.doubted
    recipients: dict[str, Any] = {address: {"since": since.isoformat()} for address, since in doubted.items()}
    recipients |= claimed.recipients if outcome.recipients is None else outcome.recipients
    answer: dict[str, Value] = {"attempt": claimed.attempt, "status": outcome.status, "detail": outcome.detail}
    connection = session.connection()
    execute_text(
        connection,
        # A message that was sent is settled even without the lease. Otherwise the new holder would send it again.
        _SETTLE if outcome.outcome == AttemptState.SENT else _SETTLE_MINE,
        key=claimed.key,
        state=MessageState.PENDING if again else MessageState(outcome.outcome),
        settled_at=None if again else now,
        next_attempt_at=outcome.next_attempt_at if again else None,
        recipients=orjson.dumps(recipients).decode(),
        **answer,
    )
    execute_text(connection, _END, now=now, outcome=outcome.outcome, **answer)


def _dead(reason: str, now: datetime) -> RowValues:
    """Return the columns of a message that is given up. No lease holds it any more."""
    return {
        "state": MessageState.DEAD,
        "settled_at": now,
        "last_error": storable(reason),
        "lease_until": None,
        "lease_of": None,
    }


def mark_dead(session: Session, channel: str, reason: str, now: datetime) -> int:
    """Make dead messages of all messages of a channel that are due. Return how many.

    Messages due later stay, because the mute may be lifted by then. So do those under a lease: they may be arriving.
    """
    due = update(table_of(MessageRow)).where(_is_due(channel, now))
    return session.connection().execute(due.values(_dead(reason, now))).rowcount


def set_aside(session: Session, reason: str, now: datetime) -> int:
    """Make dead messages of all messages that are due or leased. Return how many.

    Messages due later stay, because they cannot have been sent yet.
    """
    # A lease in the backup means that an attempt was under way when the backup was taken.
    might_be_sent = or_(_MESSAGE.next_attempt_at <= now, _MESSAGE.lease_until.is_not(None))
    mine = update(table_of(MessageRow)).where(_MESSAGE.state == MessageState.PENDING, might_be_sent)
    return session.connection().execute(mine.values(**_dead(reason, now), batch="")).rowcount
