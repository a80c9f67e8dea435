"""Cohorts: which exist, their members, the trials kept out, and when each is searched for again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, update
from sqlmodel import Session, col, select

from storage.engine.bulk import batches, insert_absent, insert_rows, storable
from storage.reads.in_session import SessionReader
from storage.reads.trials.known import obsolete
from storage.tables.models import CohortMemberRow, CohortRejectedRow, CohortRow, TagRow

__all__ = [
    "NO_TAGS",
    "brought_alone",
    "define",
    "due",
    "every",
    "find",
    "keep_watched",
    "like",
    "members",
    "note",
    "reject",
    "rejected",
    "set_members",
    "sizes",
    "stop",
]


NO_TAGS = "[]"
"""The tags of a cohort without any, as they are stored."""


def define(session: Session, wanted: CohortRow) -> CohortRow:
    """Create this cohort, or give the one of its name these terms and make it active. It is due at once.

    A cohort that grows is filled again, and what enters by that is not reported. If no tags are given it keeps its own,
    or a rule that asks for them would not tell of what enters from now on.
    """
    row = session.get(CohortRow, wanted.name)
    if row is None:
        session.add(wanted)
        session.flush()
        return wanted
    if not row.active or wanted.size > row.size:
        row.filled_at = None
    row.size, row.tags = wanted.size, row.tags if wanted.tags == NO_TAGS else wanted.tags
    row.active, row.stopped_at, row.next_search_at = True, None, None
    session.flush()
    return row


def like(session: Session, seed: str) -> list[str]:
    """Return the names of the cohorts of trials like `seed`, by this number or by one that was merged into it."""
    numbers = {seed, *obsolete(SessionReader(session), [seed])[seed]}
    return list(session.exec(select(CohortRow.name).where(col(CohortRow.seed).in_(numbers)).order_by(CohortRow.name)))


def find(session: Session, name: str) -> CohortRow | None:
    return session.get(CohortRow, storable(name))


def every(session: Session) -> list[CohortRow]:
    """Return all active cohorts, by name."""
    return list(session.exec(select(CohortRow).where(col(CohortRow.active)).order_by(col(CohortRow.name))))


def due(session: Session, now: datetime, horizon: datetime) -> str | None:
    """Return the longest-waiting cohort whose search is due, was never planned, or is planned beyond `horizon`."""
    when = col(CohortRow.next_search_at)
    waiting = select(CohortRow.name).where(col(CohortRow.active), or_(when.is_(None), when <= now, when > horizon))
    return session.exec(waiting.order_by(func.coalesce(when, col(CohortRow.created_at)), col(CohortRow.name))).first()


def note(session: Session, name: str, **values: Any) -> None:
    """Set columns of a cohort's row."""
    session.connection().execute(update(CohortRow).where(col(CohortRow.name) == name).values(**values))


def stop(session: Session, name: str, now: datetime) -> bool:
    """Stop searching for a cohort. Its members and rejected trials stay. Return False if it was not active."""
    ended = update(CohortRow).where(col(CohortRow.name) == storable(name), col(CohortRow.active))
    return session.connection().execute(ended.values(active=False, stopped_at=now)).rowcount > 0


def members(session: Session, name: str) -> list[CohortMemberRow]:
    """Return its trials, by id."""
    mine = select(CohortMemberRow).where(CohortMemberRow.cohort == storable(name))
    return list(session.exec(mine.order_by(col(CohortMemberRow.trial))))


def sizes(session: Session) -> dict[str, int]:
    """Return the number of trials of each cohort that has any."""
    query = select(CohortMemberRow.cohort, func.count()).group_by(col(CohortMemberRow.cohort))
    return dict(session.exec(query).all())


def brought_alone(session: Session, name: str) -> list[str]:
    """Return its trials that were not watched before and are in no other active cohort."""
    others = select(CohortMemberRow.trial).join(CohortRow, col(CohortRow.name) == col(CohortMemberRow.cohort))
    others = others.where(col(CohortRow.active), CohortMemberRow.cohort != storable(name))
    mine = select(CohortMemberRow.trial).where(CohortMemberRow.cohort == storable(name), col(CohortMemberRow.brought))
    return sorted(session.exec(mine.where(col(CohortMemberRow.trial).not_in(others))))


def keep_watched(session: Session, trials: Iterable[str]) -> None:
    """Note that a person watches these too: they stay watched when the cohort that brought them is stopped."""
    for batch in batches(sorted(set(trials))):
        mine = update(CohortMemberRow).where(col(CohortMemberRow.trial).in_(batch), col(CohortMemberRow.brought))
        session.connection().execute(mine.values(brought=False))


def set_members(session: Session, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Replace its trials with these rows of `trial`, `entered_at`, `missing` and `brought`."""
    session.connection().execute(delete(CohortMemberRow).where(col(CohortMemberRow.cohort) == name))
    insert_rows(session, CohortMemberRow, [{"cohort": name, **row} for row in rows])


def rejected(session: Session, name: str) -> set[str]:
    """Return the trials that are kept out of it."""
    return set(session.exec(select(CohortRejectedRow.trial).where(CohortRejectedRow.cohort == storable(name))))


def reject(session: Session, name: str, trials: Iterable[str], now: datetime, *, keep_out: bool = True) -> None:
    """Keep these trials out of a cohort for good, and remove them and its tag at once.

    Without `keep_out`, allow them again.
    """
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
