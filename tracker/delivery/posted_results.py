"""What a message says of posted results: the primary outcomes, deaths and serious events, and what was promised."""

from __future__ import annotations

import msgspec
from sqlmodel import Session

from storage.reads.changes.stored_changes import Event
from storage.reads.in_session import SessionReader
from storage.versions import history
from tracker.alerts.message import PostedResults
from tracker.backfill.stored_records import registered_of, reported_of
from tracker.errors import RecordError
from tracker.records.json_objects import RecordContent
from tracker.records.results.reported import Reported
from tracker.results.registered.registered import RegisteredReport, Verdict, primary_or_missing
from tracker.results.reported_tables import (
    ResultTable,
    cut,
    harm_table,
    measure_table,
    primary_measures,
    registered_table,
    transposed,
)

__all__ = ["POSTED", "posted_results"]

POSTED = "results.posted"
_MOST_MEASURES = 3
_MOST_ROWS = 8
_MOST_COLUMNS = 3


def posted_results(session: Session, event: Event) -> PostedResults | None:
    """Return what was posted, for an event that tells of it. None for any other event.

    None too if the version cannot be read. The event itself says so, and the message must go out all the same.
    """
    if event.kind != POSTED or event.to_version is None:
        return None
    version = history.snapshot(session, event.trial, event.to_version)
    if version is None:
        return None
    try:
        reported = reported_of(SessionReader(session), version)
        if reported is None:
            return None
        report = registered_of(SessionReader(session), version, reported)
    except RecordError:
        return None
    return PostedResults(_tables(reported, report), _data(reported, report))


def _tables(reported: Reported, report: RegisteredReport) -> tuple[ResultTable, ...]:
    primary = list(primary_measures(reported).values())
    tables = [measure_table(it) for it in primary[:_MOST_MEASURES]]
    if len(primary) > _MOST_MEASURES and tables:
        left = f"and {len(primary) - _MOST_MEASURES:,} more primary outcomes"
        tables[-1] = tables[-1]._replace(notes=(*tables[-1].notes, left))
    if reported.adverse_events.groups:
        tables.append(harm_table(reported.adverse_events, other=False))
    tables = [cut(transposed(it, _MOST_COLUMNS), _MOST_ROWS) for it in tables]
    registered = registered_table(report, most=_MOST_ROWS)
    if registered is None:
        return tuple(tables)
    # What is missing is told before what is there.
    missing = any(it.verdict is Verdict.NOT_REPORTED for it in report.outcomes)
    return (registered, *tables) if missing else (*tables, registered)


def _data(reported: Reported, report: RegisteredReport) -> RecordContent:
    """Return the same as an object, in the manner of `results ID --reported -o json`."""
    data: RecordContent = msgspec.to_builtins(
        {
            "measures": primary_measures(reported),
            "adverse_events": {"groups": reported.adverse_events.groups},
            "registered": [
                {name: getattr(it, name) for name in ("outcome", "registered_as", "as_of", "verdict", "measure", "why")}
                for it in primary_or_missing(report)
            ],
        }
    )
    return data
