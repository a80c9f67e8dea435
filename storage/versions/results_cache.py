"""A cache of the results status of each trial, so that a list need not read versions. Also how far dates have slipped.

A cached status is only valid while the trial has the versions it was built from, and the rules are the same.
Otherwise it is rebuilt from the versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import and_, func, or_
from sqlalchemy import select as sql_select
from sqlmodel import Session

from storage.engine.bulk import batches, storable, table_of, upsert
from storage.tables.models import EventRow, FieldChangeRow, ResultsStatusRow, TrialRow
from storage.values.severity import Severity

__all__ = ["DateChange", "Made", "date_changes", "keep", "kept", "last_changes"]


class Made(NamedTuple):
    """A results status to cache."""

    trial: str
    #: `versions` and `current_version` are those the trial had when this was built.
    versions: int
    current_version: int
    #: JSON text.
    told: str


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
    rows = [{**item._asdict(), "rules": rules, "told": storable(item.told)} for item in made]
    upsert(session, ResultsStatusRow, rows, update=("versions", "current_version", "rules", "told"))


def date_changes(session: Session, fields: dict[str, str]) -> list[DateChange]:
    """Return all stored changes of these dates (kind of event -> field), by trial and in the order of time."""
    event, field = table_of(EventRow).c, table_of(FieldChangeRow).c
    query = (
        sql_select(event.trial, field.field, field.before, field.after)
        .join_from(table_of(EventRow), table_of(FieldChangeRow), field.seq == event.seq)
        .where(event.kind.in_(list(fields)), field.field.in_(list(fields.values())))
        .order_by(event.trial, event.effective, event.seq)
    )
    return [
        DateChange(trial, name, _text(before), _text(after))
        for trial, name, before, after in session.connection().execute(query)
    ]


def _text(value: str) -> str | None:
    found = orjson.loads(value)
    return found if isinstance(found, str) else None


def last_changes(session: Session) -> dict[str, str]:
    """Return the day of each trial's last change that was more than housekeeping. Trials without one are left out.

    Events about dates alone (results due, overdue) changed nothing in the record, so they do not count.
    """
    event = table_of(EventRow).c
    of_the_record = or_(event.from_version != event.to_version, event.kind.in_(["trial.gone", "trial.back"]))
    query = (
        sql_select(event.trial, func.max(event.effective))
        .where(event.severity != Severity.ADMIN, of_the_record)
        .group_by(event.trial)
    )
    return {trial: day for trial, day in session.connection().execute(query) if trial}
