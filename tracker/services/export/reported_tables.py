"""Reported results as tables: one row for each value, under the column names of AACT where AACT has the same thing.

AACT is the public database of ClinicalTrials.gov records (ctti-clinicaltrials/aact, `db/structure.sql`). It holds the
present only. These tables hold every version: `effective_until` is null for what stands now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlmodel import Session

from storage.engine.database import Database
from storage.reads.in_session import SessionReader
from storage.values.states import ResultsState
from storage.versions import history
from storage.versions.timeline import LaidRow
from tracker.backfill.stored_records import reported_of
from tracker.errors import RecordError, UnreadableVersion
from tracker.isolation import without_frames
from tracker.recording.instants import instant_out
from tracker.records.results.reported import Reported
from tracker.services.export.columns import ExportTable, Kind, LeftOut, Row, RowsWanted, columns, is_wanted
from tracker.services.export.reported_rows import (
    GROUP,
    VALUE,
    VALUE_KEYS,
    analysis_rows,
    baseline_rows,
    event_rows,
    flow_rows,
    measure_rows,
)

__all__ = ["REPORTED_TABLES"]

RowsOf = Callable[[Reported], Iterator[Row]]
_VERSION: dict[str, Kind] = {
    "version": "integer",
    "effective": "day",
    "effective_until": "day",
    "observed_at": "instant",
}


class _Stretch(NamedTuple):
    """Versions in a row that report the same: the first of them, and the day on which something else was reported."""

    first: LaidRow
    until: str | None
    reported: Reported


def _stretches(session: Session, found: Sequence[LaidRow], left_out: list[RecordError]) -> Iterator[_Stretch]:
    """Yield what a trial reported over time. Most versions of a trial with results repeat those of the one before."""
    standing: tuple[LaidRow, Reported] | None = None
    reader = SessionReader(session)
    for item in found:
        try:
            # A version of the registry's history does not tell the state, and may have results all the same.
            reported = reported_of(reader, item.row) if item.row.results in (ResultsState.POSTED, None) else None
        except UnreadableVersion as error:
            left_out.append(without_frames(error))
            continue
        if standing is not None and standing[1] == reported:
            continue
        if standing is not None:
            yield _Stretch(standing[0], item.effective, standing[1])
        standing = None if reported is None else (item, reported)
    if standing is not None:
        yield _Stretch(standing[0], None, standing[1])


def _table(rows_of: RowsOf, last: Mapping[str, Kind] = {}, /, **kinds: Kind) -> ExportTable:
    """Return a table with the columns of all, and `last` after them."""

    def rows(database: Database, wanted: RowsWanted, left_out: LeftOut) -> Iterator[Mapping[str, Any]]:
        with database.read() as session:
            for found in history.timelines(session, wanted.trials):
                for stretch in _stretches(session, found, left_out):
                    if is_wanted(stretch.first, wanted.since):
                        yield from _of_version(stretch, rows_of)
                session.expunge_all()

    return ExportTable(columns(trial="text", nct_id="text", **kinds, **_VERSION, **last), rows)


def _of_version(stretch: _Stretch, rows_of: RowsOf) -> Iterator[Row]:
    row = stretch.first.row
    head = {"trial": row.trial, "nct_id": row.trial if row.trial.startswith("NCT") else None}
    tail = {
        "version": row.version,
        "effective": stretch.first.effective,
        "effective_until": stretch.until,
        "observed_at": instant_out(row.observed_at),
    }
    for it in rows_of(stretch.reported):
        yield {**head, **it, **tail}


REPORTED_TABLES: dict[str, ExportTable] = {
    "measures": _table(
        measure_rows,
        {"anticipated_posting_day": "day"},
        outcome_type="text",
        title="text",
        description="text",
        time_frame="text",
        population="text",
        reporting_status="text",
        anticipated_posting_date="text",
        **VALUE,
        measure_key="text",
        **VALUE_KEYS,
    ),
    "analyses": _table(
        analysis_rows,
        outcome_type="text",
        title="text",
        time_frame="text",
        non_inferiority_type="text",
        non_inferiority_description="text",
        param_type="text",
        param_value="number",
        param_value_raw="text",
        dispersion_type="text",
        dispersion_value="number",
        p_value_modifier="text",
        p_value="number",
        p_value_raw="text",
        p_value_description="text",
        ci_n_sides="text",
        ci_percent="number",
        ci_lower_limit="number",
        ci_upper_limit="number",
        ci_lower_limit_raw="text",
        ci_upper_limit_raw="text",
        ci_lower_limit_na_comment="text",
        ci_upper_limit_na_comment="text",
        method="text",
        method_description="text",
        estimate_description="text",
        groups_description="text",
        other_analysis_description="text",
        group_titles="json",
        ctgov_group_codes="json",
        measure_key="text",
        analysis_key="text",
    ),
    "adverse-events": _table(
        event_rows,
        time_frame="text",
        frequency_threshold="text",
        event_type="text",
        classification="text",
        organ_system="text",
        adverse_event_term="text",
        vocab="text",
        assessment="text",
        description="text",
        **GROUP,
        subjects_affected="integer",
        subjects_at_risk="integer",
        event_count="integer",
        event_key="text",
        group_key="text",
    ),
    "flow": _table(
        flow_rows,
        period="text",
        row_type="text",
        title="text",
        reason="text",
        **GROUP,
        count="integer",
        count_units="integer",
        milestone_description="text",
        reason_comment="text",
        description="text",
        period_key="text",
        row_key="text",
        group_key="text",
    ),
    "baseline": _table(
        baseline_rows,
        title="text",
        description="text",
        population_description="text",
        calculate_percentage="text",
        **VALUE,
        measure_key="text",
        **VALUE_KEYS,
    ),
}
