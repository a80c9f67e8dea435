"""The timeline of a trial, read from the store: rows and sightings, ordered by `storage.values.timeline_order`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from storage.engine.bulk import storable, table_of
from storage.tables.models import SightingRow, SnapshotRow
from storage.values.states import VersionSource
from storage.values.timeline_order import DayRun, Laid, lay

__all__ = ["LaidRow", "all_laid", "as_shown", "laid", "versions_and_days"]

LaidRow = Laid[SnapshotRow]


def as_shown(item: LaidRow) -> SnapshotRow:
    """Return the row as the timeline shows it: itself, or a copy that belongs to no session."""
    if (item.effective, item.basis) == (item.row.effective, item.row.effective_basis):
        return item.row
    return SnapshotRow(**{**item.row.model_dump(), "effective": item.effective, "effective_basis": item.basis})


def laid(session: Session, trial: str) -> list[LaidRow]:
    """Return all versions of a trial in timeline order, without pages. Two queries."""
    return lay(*versions_and_days(session, trial))


def versions_and_days(session: Session, trial: str) -> tuple[Sequence[SnapshotRow], dict[int, list[DayRun]]]:
    """Return all versions of a trial except pages, and the runs of days on which each was seen. Two queries."""
    name = storable(trial)
    rows = session.exec(
        select(SnapshotRow).where(SnapshotRow.trial == name, SnapshotRow.source != VersionSource.PAGE),
        execution_options={"populate_existing": True},
    ).all()
    days: dict[int, list[DayRun]] = defaultdict(list)
    if rows:
        seen = table_of(SightingRow).c
        query = sql_select(seen.version, seen.first_day, seen.last_day).where(seen.trial == name)
        for version, first, last in session.connection().execute(query):
            days[version].append((first, last))
    return rows, days


def all_laid(session: Session, names: Sequence[str]) -> list[list[LaidRow]]:
    """Like `laid` for several trials at once, by name. Trials without a version are left out. Two queries."""
    rows: dict[str, list[SnapshotRow]] = defaultdict(list)
    for row in session.exec(
        select(SnapshotRow).where(col(SnapshotRow.trial).in_(names), SnapshotRow.source != VersionSource.PAGE)
    ):
        rows[row.trial].append(row)
    days: dict[str, dict[int, list[DayRun]]] = defaultdict(lambda: defaultdict(list))
    seen = table_of(SightingRow).c
    query = sql_select(seen.trial, seen.version, seen.first_day, seen.last_day).where(seen.trial.in_(names))
    for trial, version, first, last in session.connection().execute(query):
        days[trial][version].append((first, last))
    return [lay(rows[trial], days[trial]) for trial in sorted(rows)]
