"""A cache of the results status of each trial, so that a list need not read versions. Also how far dates have slipped.

A cached status is only valid while the trial has the versions it was built from, and the rules are the same.
Otherwise it is rebuilt from the versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import and_, delete, func, or_
from sqlalchemy import select as sql_select
from sqlmodel import Session

from storage.engine.bulk import batches, insert_rows, storable, table_of, upsert
from storage.tables.models import DutyRow, EventRow, FieldChangeRow, ResultsStatusRow, StoreRow, TrialRow
from storage.values.severity import Severity

__all__ = [
    "DateChange",
    "Made",
    "OpenDuty",
    "Progressed",
    "date_changes",
    "forget",
    "keep",
    "kept",
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
    """How far a store has come. It differs whenever a version or an event was added."""

    seq: int
    trials: int
    versions: int
    current_versions: int


class DateChange(NamedTuple):
    """One change of a date: its texts before and after, None for none."""

    trial: str
    field: str
    before: str | None
    after: str | None


def kept(session: Session, trials: Iterable[str], rules: str) -> dict[str, str]:
    """Return the JSON texts of the cached statuses of `trials` that are still valid."""
    cached, trial = table_of(ResultsStatusRow).c, table_of(TrialRow).c
    fits = and_(
        cached.trial == trial.trial,
        cached.versions == trial.versions,
        cached.current_version == trial.current_version,
        cached.rules == rules,
    )
    found: dict[str, str] = {}
    for batch in batches(map(storable, trials)):
        query = sql_select(cached.trial, cached.told).join_from(table_of(ResultsStatusRow), table_of(TrialRow), fits)
        rows = session.connection().execute(query.where(cached.trial.in_(batch)))
        found.update((row.trial, row.told) for row in rows)
    return found


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
    seq = session.connection().execute(sql_select(table_of(StoreRow).c.seq)).scalar_one()
    return Progressed(seq, *(int(value or 0) for value in row))


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


def date_changes(session: Session, fields: dict[str, str], only: Sequence[str] | None = None) -> list[DateChange]:
    """Return all stored changes of these dates (kind of event -> field), by trial and in the order of time.

    `only`: of these trials alone, at most `IN_LIMIT`.
    """
    event, field = table_of(EventRow).c, table_of(FieldChangeRow).c
    query = (
        sql_select(event.trial, field.field, field.before, field.after)
        .join_from(table_of(EventRow), table_of(FieldChangeRow), field.seq == event.seq)
        .where(event.kind.in_(list(fields)), field.field.in_(list(fields.values())))
        .order_by(event.trial, event.effective, event.seq)
    )
    if only is not None:
        query = query.where(event.trial.in_(list(map(storable, only))))
    return [
        DateChange(trial, name, _text(before), _text(after))
        for trial, name, before, after in session.connection().execute(query)
    ]


def _text(value: str) -> str | None:
    found = orjson.loads(value)
    return found if isinstance(found, str) else None


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
