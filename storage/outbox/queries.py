"""Query the outbox for people: what is pending, sent or dead, and why. Resend and delete messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

import orjson
from sqlalchemy import case, delete, func, update
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from storage.engine.bulk import RowValues, batches, insert_rows, storable, table_of
from storage.outbox import channel_states
from storage.tables.models import AttemptRow, EventRow, MessageEventRow, MessageRow
from storage.values.severity import RANKS, rank
from storage.values.states import AttemptState, MessageState
from storage.versions.history import Change, changes_of, fields_of

__all__ = [
    "HeldMessage",
    "HeldMessageEvent",
    "MessageContents",
    "about",
    "again",
    "attempts",
    "clear_old",
    "contents_of",
    "dead_since",
    "find",
    "keys_about",
    "keys_like",
    "listing",
    "mark_reported",
    "of_batch",
    "purge",
    "rank",
    "unreported",
]

_FEW = 20
"""Messages with at most this many events are read together."""


class HeldMessageEvent(NamedTuple):
    """An event of a held message. `changes`: (field, before, after), as JSON text."""

    id: str
    seq: int
    kind: str
    severity: str
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A message that waits until its batch is closed. `events`: its events, in seq order."""

    key: str
    channel: str
    kind: str
    trial: str
    severity: str
    rules: tuple[str, ...]
    due_at: datetime
    events: tuple[HeldMessageEvent, ...]

    @property
    def seqs(self) -> tuple[int, ...]:
        return tuple(it.seq for it in self.events)


@dataclass(frozen=True, slots=True)
class Unreported:
    """A dead message that no person has been told about.

    `summary` is that of its most severe event. `trial` is "" for several trials.
    """

    key: str
    channel: str
    kind: str
    trial: str
    summary: str
    reason: str
    died_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageContents:
    """The events of a message in seq order, and their total. With a limit, only the most severe are here."""

    changes: list[Change]
    total: int


def of_batch(session: Session, batch: str) -> list[HeldMessage]:
    """Return the messages of a batch in order of arrival."""
    rows = list(session.exec(select(MessageRow).where(MessageRow.batch == batch).order_by(col(MessageRow.id))))
    events: dict[str, list[HeldMessageEvent]] = defaultdict(list)
    for keys in batches(row.key for row in rows):
        reported = select(MessageEventRow.key, EventRow).join(EventRow, col(EventRow.seq) == MessageEventRow.seq)
        found = list(session.exec(reported.where(col(MessageEventRow.key).in_(keys)).order_by(col(EventRow.seq))))
        fields = fields_of(session, list({event.seq for _, event in found}))
        for key, event in found:
            changes = tuple((it.field, it.before, it.after) for it in fields[event.seq])
            events[key].append(HeldMessageEvent(event.id, event.seq, event.kind, event.severity, changes))
    return [_held(row, events[row.key]) for row in rows]


def _held(row: MessageRow, events: Sequence[HeldMessageEvent]) -> HeldMessage:
    rules = tuple(orjson.loads(row.rules))
    return HeldMessage(row.key, row.channel, row.kind, row.trial, row.severity, rules, row.due_at, tuple(events))


def find(session: Session, key: str) -> MessageRow | None:
    return session.exec(select(MessageRow).where(MessageRow.key == storable(key))).one_or_none()


def keys_like(session: Session, text: str) -> list[str]:
    """Return the keys that begin with `text`, in order of arrival. Messages inside a group are left out."""
    mine = select(MessageRow.key).where(func.substr(col(MessageRow.key), 1, len(text)) == storable(text))
    return list(session.exec(mine.where(MessageRow.state != MessageState.GROUPED).order_by(col(MessageRow.id))))


def listing(
    session: Session,
    states: Sequence[str] | None = None,
    channel: str | None = None,
    limit: int | None = None,
    after: int | None = None,
) -> list[MessageRow]:
    """Return messages in order of arrival. Messages inside a group are left out.

    `limit` with `after`, the number of a message, means the first so many after it, without it the latest so many.
    """
    query = select(MessageRow).where(MessageRow.state != MessageState.GROUPED)
    if states is not None:
        query = query.where(col(MessageRow.state).in_(states))
    if channel is not None:
        query = query.where(MessageRow.channel == storable(channel))
    if after is not None:
        later = query.where(col(MessageRow.id) > after)
        return list(session.exec(later.order_by(col(MessageRow.id)).limit(limit)))
    found = list(session.exec(query.order_by(col(MessageRow.id).desc()).limit(limit)))
    return found[::-1]


def about(session: Session, keys: Iterable[str]) -> dict[str, list[tuple[int, str, str]]]:
    """Return (seq, severity, summary) of the events of each message, the most severe first."""
    found: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    query = select(MessageEventRow.key, EventRow.seq, EventRow.severity, EventRow.summary)
    query = query.join(EventRow, col(EventRow.seq) == MessageEventRow.seq)
    for batch in batches(keys):
        for key, seq, severity, summary in session.exec(query.where(col(MessageEventRow.key).in_(batch))):
            found[key].append((seq, severity, summary))
    return {key: sorted(events, key=lambda it: (rank(it[1]), it[0])) for key, events in found.items()}


def keys_about(session: Session, seq: int) -> list[str]:
    """Return the keys of the messages that tell of an event, in order of arrival. Grouped ones are left out."""
    query = select(MessageRow.key).join(MessageEventRow, col(MessageEventRow.key) == MessageRow.key)
    query = query.where(MessageEventRow.seq == seq, MessageRow.state != MessageState.GROUPED)
    return list(session.exec(query.order_by(col(MessageRow.id))))


def attempts(session: Session, key: str) -> list[AttemptRow]:
    """Return all attempts at a message and all requests to send it again, in order."""
    return list(session.exec(select(AttemptRow).where(AttemptRow.key == storable(key)).order_by(col(AttemptRow.id))))


def contents_of(session: Session, keys: Iterable[str], limit: int) -> dict[str, MessageContents]:
    """Return the contents of each of these messages."""
    found: dict[str, MessageContents] = {}
    for some in batches(keys):
        count = (
            select(MessageEventRow.key, func.count())
            .where(col(MessageEventRow.key).in_(some))
            .group_by(MessageEventRow.key)
        )
        totals = dict(session.exec(count).all())
        short = [key for key in some if totals.get(key, 0) <= min(limit, _FEW)]
        found |= _contents_together(session, short)
        found |= {key: _contents_of_many(session, key, limit, totals[key]) for key in some if key not in found}
    return found


def _contents_together(session: Session, keys: Sequence[str]) -> dict[str, MessageContents]:
    query = select(MessageEventRow.key, MessageEventRow.seq).where(col(MessageEventRow.key).in_(keys))
    seqs: dict[str, list[int]] = {key: [] for key in keys}
    for key, seq in session.exec(query.order_by(col(MessageEventRow.seq))):
        seqs[key].append(seq)
    changes = {change[0].seq: change for change in changes_of(session, chain.from_iterable(seqs.values()))}
    return {key: MessageContents([changes[it] for it in some], len(some)) for key, some in seqs.items()}


def _contents_of_many(session: Session, key: str, limit: int, total: int) -> MessageContents:
    mine = (
        select(EventRow.seq)
        .join(MessageEventRow, col(MessageEventRow.seq) == EventRow.seq)
        .where(MessageEventRow.key == key)
    )
    # The database selects the most severe ones. The result is then put in seq order.
    weight = case(RANKS, value=col(EventRow.severity), else_=len(RANKS))
    most_severe = session.exec(mine.order_by(weight, col(EventRow.seq)).limit(limit))
    return MessageContents(changes_of(session, most_severe), total)


def dead_since(session: Session, since: datetime, channel: str | None = None) -> list[str]:
    """Return the keys of the dead messages that died at `since` or later, in order of arrival."""
    query = select(MessageRow.key).where(MessageRow.state == MessageState.DEAD, col(MessageRow.settled_at) >= since)
    if channel is not None:
        query = query.where(MessageRow.channel == storable(channel))
    return list(session.exec(query.order_by(col(MessageRow.id))))


def unreported(session: Session, of: Sequence[str] | None = None) -> list[Unreported]:
    """Return the dead messages (of these channels) that no person knows of, in order of arrival.

    They died in an attempt. Messages that a person muted or set aside are known to that person and are left out.
    """
    message, attempt = table_of(MessageRow).c, table_of(AttemptRow)
    # Read ids first: they are in an index, and the rows of messages are large.
    dead = sql_select(message.id, message.key).where(message.state == MessageState.DEAD).order_by(message.id)
    if of is not None:
        dead = dead.where(message.channel.in_([storable(name) for name in of]))
    found: list[Unreported] = []
    for keys in batches(row.key for row in session.connection().execute(dead)):
        latest = sql_select(func.max(attempt.c.id)).where(attempt.c.key.in_(keys)).group_by(attempt.c.key)
        last = sql_select(attempt.c.key).where(attempt.c.id.in_(latest), attempt.c.outcome == AttemptState.DEAD)
        found += _unreported(session, [row.key for row in session.connection().execute(last)])
    return found


def _unreported(session: Session, keys: Sequence[str]) -> list[Unreported]:
    message = table_of(MessageRow).c
    columns = (message.key, message.channel, message.kind, message.trial, message.last_error, message.settled_at)
    rows = session.connection().execute(sql_select(*columns).where(message.key.in_(keys)).order_by(message.id)).all()
    events = about(session, keys)
    return [
        Unreported(it.key, it.channel, it.kind, it.trial, _first(events.get(it.key, [])), it.last_error, it.settled_at)
        for it in rows
    ]


def _first(events: Sequence[tuple[int, str, str]]) -> str:
    return events[0][2] if events else ""


def mark_reported(session: Session, keys: Iterable[str], now: datetime, by: str, how: str) -> None:
    """Record in the attempts that a person was told of these dead messages. One that dies again is reported again."""
    common = {"started_at": now, "ended_at": now, "by": by, "outcome": AttemptState.TOLD, "detail": how}
    insert_rows(session, AttemptRow, [{"key": key, **common} for key in keys])


def again(session: Session, keys: Iterable[str], now: datetime, by: str) -> list[str]:
    """Send these messages again under their own keys, from the first attempt on. Return the keys that exist.

    A dead mail goes to the addresses not reached yet, including those that refused it. A sent one goes to all. A
    disabled channel is enabled. The request is recorded in the attempts. A pending message is only sent earlier.
    """
    done: list[str] = []
    for batch in batches(keys):
        found = list(
            session.exec(
                select(MessageRow).where(col(MessageRow.key).in_(batch), MessageRow.state != MessageState.GROUPED)
            )
        )
        for row in found:
            session.connection().execute(_wanted_again(row, now))
        wishes = [
            {"key": row.key, "started_at": now, "by": by, "outcome": AttemptState.ASKED, "detail": ""} for row in found
        ]
        insert_rows(session, AttemptRow, wishes)
        channel_states.enable(session, {row.channel for row in found})
        done += [row.key for row in found]
    return done


def _wanted_again(row: MessageRow, now: datetime) -> Any:
    values: RowValues = {"state": MessageState.PENDING, "next_attempt_at": now, "settled_at": None, "attempts": 0}
    if row.state == MessageState.PENDING:
        values = {"next_attempt_at": now}
    else:
        # A sent mail goes to all addresses again. A dead one skips those it has reached ("").
        reached = (
            {}
            if row.state == MessageState.SENT
            else {it: "" for it, no in orjson.loads(row.recipients).items() if not no}
        )
        values["recipients"] = orjson.dumps(reached).decode()
    return update(table_of(MessageRow)).where(table_of(MessageRow).c.id == row.id).values(values)


def purge(session: Session, before: datetime | None = None, states: Sequence[str] = (MessageState.DEAD,)) -> int:
    """Delete settled messages (default: all dead messages) with their attempts. Return how many."""
    message = table_of(MessageRow).c
    query = select(message.key).where(message.state.in_(states))
    if before is not None:
        query = query.where(message.settled_at < before)
    keys = list(session.exec(query))
    for batch in batches(keys):
        # The members of a group are deleted with it.
        inside = list(session.exec(select(message.key).where(message.within.in_(batch))))
        for some in batches([*batch, *inside]):
            _forget(session, some)
    return len(keys)


def _forget(session: Session, keys: Sequence[str]) -> None:
    for model in (AttemptRow, MessageEventRow, MessageRow):
        table = table_of(model)
        session.connection().execute(delete(table).where(table.c.key.in_(keys)))


def clear_old(session: Session, before: datetime) -> int:
    """Delete messages that were sent or died before an instant. Return how many."""
    return purge(session, before, (MessageState.SENT, MessageState.DEAD))
