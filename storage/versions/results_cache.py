"""A cache of the results status of each trial, so that a list need not read versions. Also how far dates have slipped.

A cached status is only valid while the trial has the versions it was built from, and the rules are the same.
Otherwise it is rebuilt from the versions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, func, or_
from sqlalchemy import select as sql_select
from sqlmodel import Session

from storage.engine.bulk import batches, insert_rows, storable, table_of, upsert
from storage.tables.models import DutyRow, EventRow, ResultsStatusRow, StoreRow, TrialRow
from storage.values.severity import Severity

__all__ = [
    "Made",
    "OpenDuty",
    "Progressed",
    "forget",
    "keep",
    "last_changes",
    "outdated",
    "progressed",
]


class OpenDuty(NamedTuple):
    """A duty that is not known to be fulfilled. For the values see `DutyRow`."""

    rule: str
    applies: bool | None
    stands: bool | None
    due: str
    late_from: str | None


class Made(NamedTuple):
    """A results status to cache."""

    trial: str
    #: `versions` and `current_version` are those the trial had when this was built.
    versions: int
    current_version: int
    #: JSON text.
    told: str
    #: What lists sort and filter by: see `ResultsStatusRow`.
    state: str | None = None
    sponsor: str | None = None
    due: str | None = None
    due_rule: str | None = None
    late_from: str | None = None
    came_late: int | None = None
    posted: str | None = None
    slip: int | None = None
    changed: str | None = None
    seq: int | None = None
    duties: tuple[OpenDuty, ...] = ()


class Progressed(NamedTuple):
    """How far a store has come. It differs whenever a version or an event was added, and after a restore."""

    store_id: str
    seq: int
    trials: int
    versions: int
    current_versions: int


def keep(session: Session, made: Sequence[Made], rules: str) -> None:
    """Cache these, replacing the old ones of the same trials. A trial that changed meanwhile is rebuilt later."""
    rows, duties = [], []
    for item in made:
        values = item._asdict()
        duties += [{"trial": item.trial, **duty._asdict()} for duty in values.pop("duties")]
        rows.append({**{name: _storable(value) for name, value in values.items()}, "rules": rules})
    upsert(session, ResultsStatusRow, rows, update=[name for name in (rows[0] if rows else ()) if name != "trial"])
    for batch in batches(item.trial for item in made):
        session.connection().execute(delete(DutyRow).where(table_of(DutyRow).c.trial.in_(batch)))
    insert_rows(session, DutyRow, duties)


def forget(session: Session, trial: str) -> None:
    """Drop the cached status of a trial. For what changes its days without a version or an event."""
    for model in (DutyRow, ResultsStatusRow):
        session.connection().execute(delete(model).where(table_of(model).c.trial == trial))


def _storable(value: str | int | None) -> str | int | None:
    return storable(value) if isinstance(value, str) else value


def progressed(session: Session) -> Progressed:
    """Return how far the store has come."""
    trial = table_of(TrialRow).c
    numbers = sql_select(func.count(), func.sum(trial.versions), func.sum(trial.current_version))
    row = session.connection().execute(numbers.select_from(table_of(TrialRow))).one()
    store = table_of(StoreRow).c
    store_id, seq = session.connection().execute(sql_select(store.store_id, store.seq)).one()
    return Progressed(store_id, seq, *(int(value or 0) for value in row))


def outdated(session: Session, rules: str, after_seq: int) -> list[str]:
    """Return the trials, sorted, whose cached status is missing, not valid, or older than an event of the trial.

    Only events after `after_seq` are looked at.
    """
    cached, trial, event = table_of(ResultsStatusRow).c, table_of(TrialRow).c, table_of(EventRow).c
    latest = (
        sql_select(event.trial, func.max(event.seq).label("seq"))
        .where(event.seq > after_seq)
        .group_by(event.trial)
        .subquery()
    )
    differs = or_(
        cached.trial.is_(None),
        cached.versions != trial.versions,
        cached.current_version != trial.current_version,
        cached.rules != rules,
        cached.seq.is_(None),
        cached.seq < latest.c.seq,
    )
    query = (
        sql_select(trial.trial)
        .outerjoin(table_of(ResultsStatusRow), cached.trial == trial.trial)
        .outerjoin(latest, latest.c.trial == trial.trial)
        .where(trial.current_version.is_not(None), differs)
    )
    return sorted(session.connection().execute(query).scalars())


def last_changes(session: Session, only: Sequence[str] | None = None) -> dict[str, str]:
    """Return the day of each trial's last change that was more than housekeeping. Trials without one are left out.

    Events about dates alone (results due, overdue) changed nothing in the record, so they do not count. `only`: of
    these trials alone, at most `IN_LIMIT`.
    """
    event = table_of(EventRow).c
    of_the_record = or_(event.from_version != event.to_version, event.kind.in_(["trial.gone", "trial.back"]))
    query = (
        sql_select(event.trial, func.max(event.effective))
        .where(event.severity != Severity.ADMIN, of_the_record)
        .group_by(event.trial)
    )
    if only is not None:
        query = query.where(event.trial.in_(list(map(storable, only))))
    return {trial: day for trial, day in session.connection().execute(query) if trial}
