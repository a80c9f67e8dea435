"""Messages on their way: put in with the changes they tell of, claimed under a lease, settled with what came of it.

A message is here from the moment its change is: both are written in one transaction. Several are claimed at once, each
attempt is begun by itself: whoever sends a message writes the attempt first, so that a crash leaves a trace and the
message, never neither; when the lease runs out it is sent again under the same key. Nothing here sends or decides when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson
from sqlalchemy import ColumnElement, Select, and_, bindparam, case, delete, exists, func, insert, or_, select, update
from sqlmodel import Session

from storage.engine.bulk import batches, insert_absent, storable, table_of
from storage.tables.models import AttemptRow, MessageEventRow, MessageRow

__all__ = [
    "RANKS",
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
    "rank",
    "release",
    "set_aside",
    "settle",
]

RANKS = {"critical": 0, "major": 1, "minor": 2, "admin": 3}
_MESSAGE, _ATTEMPT = table_of(MessageRow).c, table_of(AttemptRow).c
_INSTANT = _MESSAGE.next_attempt_at.type


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
class QueuedMessage:
    """A message that is there, as far as more events can change it. `is_open`: nobody has begun to send it."""

    severity: str
    rules: tuple[str, ...]
    due_at: datetime
    is_open: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours until the lease runs out. `attempt` is the row of the attempt under way, 0 before it is
    begun; `attempts` counts those made, and the one under way. `recipients`: address -> "" for reached, else why it
    never will be; `doubted`: address -> since when it is refused by what may be a mistake.

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
    recipients: Mapping[str, str]
    body: bytes | None
    until: datetime
    attempt: int = 0
    doubted: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """What came of an attempt. "retry" needs `next_attempt_at`; `recipients` and `doubted` replace what was known."""

    outcome: Literal["sent", "retry", "dead"]
    status: int | None = None
    detail: str = ""
    next_attempt_at: datetime | None = None
    recipients: Mapping[str, str] | None = None
    doubted: Mapping[str, datetime] | None = None


def rank(severity: str) -> int:
    """0 for the most severe."""
    return RANKS.get(severity, len(RANKS))


def queue(session: Session, messages: Sequence[NewMessage]) -> None:
    """Put messages in. One whose key is here already stays as it is: an event is told a channel once."""
    insert_absent(session, MessageRow, [_row(it) for it in messages])
    told = [{"key": it.key, "seq": seq} for it in messages for seq in it.seqs]
    insert_absent(session, MessageEventRow, told)


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


def look_up(session: Session, keys: Iterable[str]) -> dict[str, QueuedMessage]:
    """What there is of these keys. Nobody can claim it until the transaction is over.

    One that was ever claimed stays closed, unless it was given back: it may have been written already.
    """
    blank = and_(_MESSAGE.body.is_(None), _MESSAGE.lease_until.is_(None), _MESSAGE.attempts == 0)
    columns = (_MESSAGE.key, _MESSAGE.severity, _MESSAGE.rules, _MESSAGE.due_at)
    query = select(*columns, and_(_MESSAGE.state == "pending", blank).label("is_open")).order_by(_MESSAGE.id)
    found = {}
    for some in batches(keys):
        for row in session.connection().execute(query.where(_MESSAGE.key.in_(some)).with_for_update()):
            rules = tuple(orjson.loads(row.rules))
            found[row.key] = QueuedMessage(row.severity, rules, row.due_at, bool(row.is_open))
    return found


def extend(session: Session, message: NewMessage) -> None:
    """Add the events of `message` to the one of its key, which is open, and make that what `message` is."""
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
    """The batches that still hold messages back, each with when its first one was made."""
    query = select(_MESSAGE.batch, _MESSAGE.created_at).where(_MESSAGE.batch != "").order_by(_MESSAGE.id.desc())
    return {row.batch: row.created_at for row in session.connection().execute(query)}


def release(session: Session, batch: str) -> None:
    """Let the messages of a batch go."""
    session.connection().execute(update(table_of(MessageRow)).where(_MESSAGE.batch == batch).values(batch=""))


def group(session: Session, message: NewMessage, members: Iterable[str]) -> None:
    """Tell `members` (keys) as one: `message` goes out in their place."""
    queue(session, [message])
    for keys in batches(members):
        mine = update(table_of(MessageRow)).where(_MESSAGE.key.in_(keys), _MESSAGE.state == "pending")
        session.connection().execute(mine.values(state="grouped", within=message.key, batch=""))


def keep_only(session: Session, message: NewMessage) -> None:
    """Leave in a message that is not sent yet what `message` tells: the rest of it is told by another."""
    events = table_of(MessageEventRow)
    session.connection().execute(delete(events).where(events.c.key == message.key, events.c.seq.not_in(message.seqs)))
    left = {"kind": message.kind, "severity": message.severity}
    session.connection().execute(update(table_of(MessageRow)).where(_MESSAGE.key == message.key).values(left))


def has_due(session: Session, channel: str, now: datetime) -> bool:
    """Whether a channel has something that `claim` would take now."""
    return session.connection().execute(_due(channel, now).where(~_behind()).limit(1)).first() is not None


def claim(session: Session, channel: str, now: datetime, lease: timedelta, most: int = 1) -> list[Claimed]:
    """Take the next messages of a channel, at most so many; none when nothing is due. Each is yet to be begun.

    Of one trial the earlier message goes first: a later one waits until that is sent or dead, unless it was due
    before it (quiet hours hold the one and not the other).
    """
    query = _due(channel, now).where(~_behind()).order_by(_MESSAGE.next_attempt_at, _MESSAGE.id).limit(most)
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
        recipients={address: said for address, said in known.items() if isinstance(said, str)},
        doubted={it: datetime.fromisoformat(said["since"]) for it, said in known.items() if isinstance(said, dict)},
        until=until,
    )


# These few are executed for every message; to build them costs more than to execute them.
_NEW_ATTEMPT = insert(table_of(AttemptRow))
_BEGIN = (
    update(table_of(MessageRow))
    .where(_MESSAGE.key == bindparam("of"), _MESSAGE.state == "pending", _MESSAGE.lease_until == bindparam("token"))
    .values(attempts=bindparam("tried"), lease_until=bindparam("end"), lease_of=bindparam("row"), body=bindparam("all"))
)
_SETTLE = (
    update(table_of(MessageRow))
    .where(_MESSAGE.key == bindparam("of"), _MESSAGE.state == "pending")
    .values(
        state=bindparam("then"),
        settled_at=bindparam("at"),
        next_attempt_at=func.coalesce(bindparam("again", type_=_INSTANT), _MESSAGE.next_attempt_at),
        recipients=bindparam("reached"),
        last_status=bindparam("answer"),
        last_error=bindparam("reason"),
        lease_until=None,
        lease_of=None,
    )
)
_SETTLE_MINE = _SETTLE.where(_MESSAGE.lease_of == bindparam("row"))
_END = (
    update(table_of(AttemptRow))
    .where(_ATTEMPT.id == bindparam("row"))
    .values(ended_at=bindparam("at"), outcome=bindparam("what"), status=bindparam("answer"), detail=bindparam("reason"))
)


def begin(
    session: Session, claimed: Claimed, body: bytes | None, now: datetime, by: str, lease: timedelta
) -> Claimed | None:
    """Write the attempt about to be made, and the bytes it sends: every later attempt sends the very same.

    None when the message is no longer ours: its lease was over and somebody else took it, or it is settled.
    """
    connection = session.connection()
    row = {"key": claimed.key, "started_at": now, "by": by, "outcome": "running", "detail": ""}
    attempt = connection.execute(_NEW_ATTEMPT, row).inserted_primary_key
    assert attempt is not None
    begun = replace(claimed, attempts=claimed.attempts + 1, attempt=attempt[0], until=now + lease)
    mine = {"of": claimed.key, "token": claimed.until}
    taken = {"tried": begun.attempts, "end": begun.until, "row": begun.attempt, "all": body}
    if connection.execute(_BEGIN, mine | taken).rowcount:
        return begun
    connection.execute(delete(table_of(AttemptRow)).where(_ATTEMPT.id == begun.attempt))
    return None


def _due(channel: str, now: datetime) -> Select[Any]:
    return select(table_of(MessageRow)).where(
        _MESSAGE.channel == storable(channel),
        _MESSAGE.state == "pending",
        _MESSAGE.next_attempt_at <= now,
        _MESSAGE.batch == "",
        or_(_MESSAGE.lease_until.is_(None), _MESSAGE.lease_until <= now),
    )


def _behind() -> ColumnElement[bool]:
    """Whether an earlier message about the same trial is still on its way to the same channel."""
    earlier = table_of(MessageRow).alias("earlier").c
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
    """Give a claimed message back that was not begun: it may not go before `until`."""
    back = {"lease_until": None, "due_at": until, "next_attempt_at": until}
    session.connection().execute(update(table_of(MessageRow)).where(*_ours(claimed)).values(back))


def give_back(session: Session, claimed: Iterable[Claimed]) -> None:
    """Give messages back that were claimed and not begun."""
    for it in claimed:
        session.connection().execute(update(table_of(MessageRow)).where(*_ours(it)).values(lease_until=None))


def _ours(claimed: Claimed) -> tuple[ColumnElement[bool], ...]:
    return _MESSAGE.key == claimed.key, _MESSAGE.state == "pending", _MESSAGE.lease_until == claimed.until


def settle(session: Session, claimed: Claimed, outcome: AttemptOutcome, now: datetime) -> None:
    """Write down what came of an attempt.

    One that took longer than its lease may be late: what was sent is sent, but a failure no longer says anything about
    a message that somebody else has claimed since.
    """
    again = outcome.outcome == "retry"
    doubted = claimed.doubted if outcome.doubted is None else outcome.doubted
    recipients: dict[str, Any] = {address: {"since": since.isoformat()} for address, since in doubted.items()}
    recipients |= claimed.recipients if outcome.recipients is None else outcome.recipients
    said = {"answer": outcome.status, "reason": storable(outcome.detail)}
    values = {
        "of": claimed.key,
        "then": "pending" if again else outcome.outcome,
        "at": None if again else now,
        "again": outcome.next_attempt_at if again else None,
        "reached": orjson.dumps(recipients).decode(),
    }
    connection = session.connection()
    if outcome.outcome == "sent":
        connection.execute(_SETTLE, values | said)
    else:
        connection.execute(_SETTLE_MINE, values | said | {"row": claimed.attempt})
    connection.execute(_END, {"row": claimed.attempt, "at": now, "what": outcome.outcome} | said)


def mark_dead(session: Session, channel: str, reason: str, now: datetime) -> int:
    """Make dead letters of all that waits for a channel; returns how many."""
    waiting = and_(_MESSAGE.channel == storable(channel), _MESSAGE.state == "pending", _MESSAGE.batch == "")
    dead = {"state": "dead", "settled_at": now, "last_error": storable(reason), "lease_until": None, "lease_of": None}
    return session.connection().execute(update(table_of(MessageRow)).where(waiting).values(dead)).rowcount


def set_aside(session: Session, reason: str, now: datetime) -> int:
    """Make dead letters of all messages that were due by now or on their way; returns how many.

    What is due later cannot have been sent by anybody yet, and stays.
    """
    might_be_sent = or_(_MESSAGE.next_attempt_at <= now, _MESSAGE.lease_until.is_not(None))
    dead = {"state": "dead", "settled_at": now, "last_error": storable(reason), "lease_until": None, "lease_of": None}
    mine = update(table_of(MessageRow)).where(_MESSAGE.state == "pending", might_be_sent)
    return session.connection().execute(mine.values(**dead, batch="")).rowcount
