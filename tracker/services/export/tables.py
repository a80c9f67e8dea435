"""What can be exported, as data: each table has a name, columns of a kind, and rows. A new one is an entry in TABLES.

Columns are stable: new ones come at the end. Rows come a few at a time, however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from storage.engine.database import Database
from storage.versions import history
from storage.versions.history import ChangeFilter
from storage.versions.timeline import LaidRow
from tracker.recording.instants import instant_out
from tracker.recording.row_mapping import change_object
from tracker.records.one_line import one_line
from tracker.results.duties import RULES
from tracker.services.export.columns import (
    ExportColumn,
    ExportTable,
    Kind,
    LeftOut,
    Row,
    Rows,
    RowsWanted,
    columns,
    day_of,
    is_wanted,
)
from tracker.services.export.reported_tables import REPORTED_TABLES
from tracker.services.results.portfolio import column_name, export_rows

__all__ = ["TABLES", "ExportColumn", "ExportTable"]

_AT_ONCE = 500


def _reading(rows: Callable[[Session, RowsWanted], Iterator[Mapping[str, Any]]]) -> Rows:
    """Adapt rows that are read as they are stored."""

    def read(database: Database, wanted: RowsWanted, _left_out: LeftOut) -> Iterator[Mapping[str, Any]]:
        with database.read() as session:
            yield from rows(session, wanted)

    return read


def _trials(database: Database, wanted: RowsWanted, left_out: LeftOut) -> Iterator[Mapping[str, Any]]:
    bounds = {"since_day": wanted.since.day, "since_instant": wanted.since.instant}
    for row in export_rows(database, wanted.today, bounds, wanted.trials, left_out=left_out):
        yield {**row, "posted_day": day_of(row["posted"])}


def _changes(session: Session, wanted: RowsWanted) -> Iterator[Row]:
    """Yield a row for each changed field, and one row without a field for a change without fields."""
    after, trials, since = 0, wanted.trials, wanted.since
    # A query with a condition for each of many trials is more than a database takes.
    asked = tuple(trials) if trials is not None and len(trials) <= _AT_ONCE else None
    while True:
        page = ChangeFilter(asked, after_seq=after, limit=_AT_ONCE, since_day=since.day, since_instant=since.instant)
        found = history.changes(session, page)
        for event, fields in found:
            if trials is not None and event.trial not in trials:
                continue
            change = change_object(event, fields)
            fields_out: Sequence[Mapping[str, Any]] = change.pop("fields") or ({},)
            for position, field in enumerate(fields_out):
                named = {name: field.get(name) for name in ("field", "label", "before", "after")}
                yield {**change, "position": position, **named}
        if len(found) < _AT_ONCE:
            return
        after = found[-1][0].seq
        session.expunge_all()


def _versions(session: Session, wanted: RowsWanted) -> Iterator[Row]:
    """Yield a row for each version, in timeline order. `effective_until` is the day the next one took effect."""
    for found in history.timelines(session, wanted.trials):
        for place, item in enumerate(found):
            following = found[place + 1].effective if place + 1 < len(found) else None
            if is_wanted(item, wanted.since):
                yield _version(item, place + 1, following)
        session.expunge_all()


def _version(item: LaidRow, place: int, following: str | None) -> Row:
    row = item.row
    return {
        "trial": row.trial,
        "place": place,
        "version": row.version,
        "registry_version": row.registry_version,
        "effective": item.effective,
        "effective_until": following,
        "effective_basis": item.basis,
        "first_seen": item.first_day or None,
        "last_seen": item.last_day or None,
        "observed_at": instant_out(row.observed_at),
        "source": row.source,
        "submitted": row.submit_date or None,
        "status": row.status,
        "enrollment_count": row.enrollment_count,
        "enrollment_type": row.enrollment_type or None,
        "results": row.results,
        "title": one_line(row.title),
        "raw_sha256": row.raw_sha256,
        "content_sha256": row.content_hash,
    }


_DUTY: dict[str, Kind] = {"applies": "boolean", "due": "day", "days_late": "integer"}
_DUTIES: dict[str, Kind] = {f"{column_name(rule)}_{name}": kind for rule in RULES for name, kind in _DUTY.items()}
"""For each rule: whether it applies (None if the record cannot tell), when results are due by it, and how late."""

TABLES: dict[str, ExportTable] = {
    "changes": ExportTable(
        columns(
            seq="integer",
            id="text",
            trial="text",
            kind="text",
            severity="text",
            summary="text",
            effective="day",
            observed_at="instant",
            from_version="integer",
            to_version="integer",
            backfilled="boolean",
            position="integer",
            field="text",
            label="text",
            before="json",
            after="json",
        ),
        _reading(_changes),
    ),
    "versions": ExportTable(
        columns(
            trial="text",
            place="integer",
            version="integer",
            registry_version="integer",
            effective="day",
            effective_until="day",
            effective_basis="text",
            first_seen="day",
            last_seen="day",
            observed_at="instant",
            source="text",
            submitted="day",
            status="text",
            enrollment_count="integer",
            enrollment_type="text",
            results="text",
            title="text",
            raw_sha256="text",
            content_sha256="text",
        ),
        _reading(_versions),
    ),
    "trials": ExportTable(
        columns(
            trial="text",
            title="text",
            status="text",
            enrollment_count="integer",
            enrollment_type="text",
            results="text",
            unposted="boolean",
            sponsor="text",
            due="day",
            overdue="integer",
            late="integer",
            posted="text",
            slip="integer",
            changed="day",
            watched="boolean",
            tags="json",
            posted_day="day",
            due_rule="text",
            **_DUTIES,
        ),
        _trials,
    ),
    **REPORTED_TABLES,
}
