"""Find messages planned too far ahead by a wrong clock, and plan them again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import case, select, update
from sqlmodel import Session

from storage.engine.bulk import table_of
from storage.tables.models import MessageRow
from storage.values.states import MessageState

__all__ = ["PlannedMessage", "is_leased_after", "plan_again", "shorten_leases", "waiting_after"]

_MESSAGE = table_of(MessageRow).c


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """A pending message without a lease: what its next attempt depends on."""

    key: str
    channel: str
    kind: str
    severity: str
    rules: tuple[str, ...]
    attempts: int
    next_attempt_at: datetime


def waiting_after(session: Session, then: datetime) -> list[PlannedMessage]:
    """Return the messages whose next attempt is planned for later than `then`."""
    columns = ("key", "channel", "kind", "severity", "rules", "attempts", "next_attempt_at")
    query = select(*(_MESSAGE[name] for name in columns)).where(
        _MESSAGE.state == MessageState.PENDING, _MESSAGE.next_attempt_at > then, _MESSAGE.lease_until.is_(None)
    )
    rows = session.connection().execute(query.order_by(_MESSAGE.id)).mappings()
    return [PlannedMessage(**{**row, "rules": tuple(orjson.loads(row["rules"]))}) for row in rows]


def plan_again(session: Session, key: str, seen: datetime, at: datetime) -> None:
    """Move the next attempt from `seen` to `at`, unless the message was moved or claimed meanwhile."""
    # Compare and set: this only matches the row as it was read.
    mine = (_MESSAGE.key == key, _MESSAGE.state == MessageState.PENDING, _MESSAGE.next_attempt_at == seen)
    idle = update(table_of(MessageRow)).where(*mine, _MESSAGE.lease_until.is_(None))
    earliest = case((_MESSAGE.due_at > at, at), else_=_MESSAGE.due_at)
    session.connection().execute(idle.values(next_attempt_at=at, due_at=earliest))


def is_leased_after(session: Session, then: datetime) -> bool:
    """Whether a message is leased beyond `then`."""
    beyond = select(_MESSAGE.id).where(_MESSAGE.state == MessageState.PENDING, _MESSAGE.lease_until > then).limit(1)
    return session.connection().execute(beyond).first() is not None


def shorten_leases(session: Session, end: datetime) -> int:
    """End every lease at `end` that lasts longer. No lease is that long, so a wrong clock wrote it. Return how many."""
    late = update(table_of(MessageRow)).where(_MESSAGE.state == MessageState.PENDING, _MESSAGE.lease_until > end)
    return session.connection().execute(late.values(lease_until=end)).rowcount
