"""Cohorts: which there are, who is in them, who is kept out, and when each is searched for again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, update
from sqlmodel import Session, col, select

from storage.engine.bulk import batches, insert_absent, insert_rows, storable
from storage.tables.models import CohortMemberRow, CohortRejectedRow, CohortRow, TagRow

__all__ = [
    "brought_alone",
    "define",
    "due",
    "every",
    "find",
    "members",
    "note",
    "reject",
    "rejected",
    "set_members",
    "sizes",
    "stop",
]


def define(session: Session, wanted: CohortRow) -> CohortRow:
    """Make this cohort, or bring the one of its name to these terms and to life; it is due at once.

    One that is to be larger is filled anew: what comes by that is no news.
    """
    row = session.get(CohortRow, wanted.name)
    if row is None:
        session.add(wanted)
        session.flush()
        return wanted
    if not row.active or wanted.size > row.size:
        row.filled_at = None
    row.size, row.tags, row.active, row.stopped_at, row.next_search_at = wanted.size, wanted.tags, True, None, None
    session.flush()
    return row


def find(session: Session, name: str) -> CohortRow | None:
    return session.get(CohortRow, storable(name))


def every(session: Session) -> list[CohortRow]:
    """All that are searched for, by name."""
    return list(session.exec(select(CohortRow).where(col(CohortRow.active)).order_by(col(CohortRow.name))))


def due(session: Session, now: datetime, horizon: datetime) -> str | None:
    """The cohort that has waited longest of those whose search has come, was never set, or lies beyond `horizon`."""
    when = col(CohortRow.next_search_at)
    waiting = select(CohortRow.name).where(col(CohortRow.active), or_(when.is_(None), when <= now, when > horizon))
    return session.exec(waiting.order_by(func.coalesce(when, col(CohortRow.created_at)), col(CohortRow.name))).first()


def note(session: Session, name: str, **values: Any) -> None:
    """Set columns of a cohort's row."""
    session.connection().execute(update(CohortRow).where(col(CohortRow.name) == name).values(**values))


def stop(session: Session, name: str, now: datetime) -> bool:
    """Search for it no more; who is in it, and who is kept out, is remembered. False when it was not searched for."""
    ended = update(CohortRow).where(col(CohortRow.name) == storable(name), col(CohortRow.active))
    return session.connection().execute(ended.values(active=False, stopped_at=now)).rowcount > 0


def members(session: Session, name: str) -> list[CohortMemberRow]:
    """Its trials, by id."""
    mine = select(CohortMemberRow).where(CohortMemberRow.cohort == storable(name))
    return list(session.exec(mine.order_by(col(CohortMemberRow.trial))))


def sizes(session: Session) -> dict[str, int]:
    """How many trials each cohort has; one of none is left out."""
    query = select(CohortMemberRow.cohort, func.count()).group_by(col(CohortMemberRow.cohort))
    return dict(session.exec(query).all())


def brought_alone(session: Session, name: str) -> list[str]:
    """Its trials that nobody watched before it did, and that no other cohort that is searched for has."""
    others = select(CohortMemberRow.trial).join(CohortRow, col(CohortRow.name) == col(CohortMemberRow.cohort))
    others = others.where(col(CohortRow.active), CohortMemberRow.cohort != storable(name))
    mine = select(CohortMemberRow.trial).where(CohortMemberRow.cohort == storable(name), col(CohortMemberRow.brought))
    return sorted(session.exec(mine.where(col(CohortMemberRow.trial).not_in(others))))


def set_members(session: Session, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """These are its trials now: rows of `trial`, `entered_at`, `missing` and `brought`."""
    session.connection().execute(delete(CohortMemberRow).where(col(CohortMemberRow.cohort) == name))
    insert_rows(session, CohortMemberRow, [{"cohort": name, **row} for row in rows])


def rejected(session: Session, name: str) -> set[str]:
    """The trials that are kept out of it."""
    return set(session.exec(select(CohortRejectedRow.trial).where(CohortRejectedRow.cohort == storable(name))))


def reject(session: Session, name: str, trials: Iterable[str], now: datetime, *, keep_out: bool = True) -> None:
    """Keep these trials out for good, those that are in it at once and without its tag; or let them in again."""
    for batch in batches(sorted(trials)):
        connection = session.connection()
        if not keep_out:
            out = delete(CohortRejectedRow).where(
                col(CohortRejectedRow.cohort) == name, col(CohortRejectedRow.trial).in_(batch)
            )
            connection.execute(out)
            continue
        insert_absent(session, CohortRejectedRow, [{"cohort": name, "trial": trial, "at": now} for trial in batch])
        mine = delete(CohortMemberRow).where(col(CohortMemberRow.cohort) == name, col(CohortMemberRow.trial).in_(batch))
        connection.execute(mine)
        connection.execute(delete(TagRow).where(col(TagRow.tag) == name, col(TagRow.trial).in_(batch)))
