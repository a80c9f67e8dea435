"""Our frozen values through a real store and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.documents import documents
from storage.engine.bulk import storable
from storage.engine.database import Database
from storage.tables.models import EventRow, FieldChangeRow
from storage.values.severity import Severity
from storage.values.write_models import NewStep
from storage.versions import history, snapshots, trials
from storage.versions.history import ChangeFilter
from tests.support.records.strategies import pairs, plain
from tracker.changes.effective_date import Dated
from tracker.changes.event import ChangedField
from tracker.changes.explain import Event, explain
from tracker.recording.instants import instant_out
from tracker.recording.new_rows import event_row, version_row
from tracker.recording.row_mapping import change_object
from tracker.registries.ctgov.reader import read

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TRIAL = "NCT05349331"

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain, inner, max_size=3),
    max_leaves=5,
)
made_up = st.builds(
    Event,
    st.sampled_from(["status.changed", "site.added"]),
    st.sampled_from(Severity),
    plain,
    st.lists(st.builds(ChangedField, plain, plain, values, values), max_size=3).map(tuple),
    plain,
)
# One store for all examples: each of them only adds, and looks at what it added.
in_one_store = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def store(_sqlite_database: Database) -> Database:
    with _sqlite_database.write() as session:
        trials.add(session, [TRIAL], "ctgov")
    return _sqlite_database


def kept(event: Event) -> Event:
    """The event as a store keeps it: its own words as `storable` has them (no NUL), its values untouched."""
    fields = [ChangedField(storable(it.field), storable(it.label), it.before, it.after) for it in event.fields]
    return Event(event.kind, event.severity, storable(event.summary), tuple(fields), storable(event.subject))


def back(row: EventRow, fields: Sequence[FieldChangeRow]) -> Event:
    told = [ChangedField(**it) for it in change_object(row, fields)["fields"]]
    return Event(row.kind, Severity(row.severity), row.summary, tuple(told), row.subject)


def through_the_store(store: Database, *events: Event) -> list[Event]:
    with store.write() as session:
        before = history.last_seq(session)
        rows = [
            event_row(event, trial=TRIAL, effective="2026-01-01", observed_at=NOW, run=None, to_version=None)
            for event in events
        ]
        head = history.current(session, TRIAL)
        snapshots.commit(session, [NewStep(None, (row,), head.version if head else None) for row in rows])
    with store.read() as session:
        return [back(row, fields) for row, fields in history.changes(session, ChangeFilter(after_seq=before))]


@in_one_store
@given(made_up)
def test_any_event_comes_back_from_the_store_as_it_went_in(store: Database, event: Event) -> None:
    assert through_the_store(store, event) == [kept(event)]


@in_one_store
@given(pairs())
def test_what_happened_comes_back_in_its_order(store: Database, pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    events = explain(read(pair[0]).record, read(pair[1]).record)
    assert through_the_store(store, *events) == [kept(event) for event in events]


def test_a_change_has_the_shape_others_build_on(store: Database) -> None:
    event = Event("status.changed", "major", "it changed", (ChangedField("status", "Status", None, ["x"]),))
    through_the_store(store, event)
    with store.read() as session:
        ((row, fields),) = history.changes(session, ChangeFilter())
    shown = change_object(row, fields)
    assert shown.pop("id").startswith("evt_")
    assert shown == {
        "seq": 1,
        "trial": TRIAL,
        "kind": "status.changed",
        "severity": "major",
        "summary": "it changed",
        "effective": "2026-01-01",
        "observed_at": "2026-03-01T12:00:00Z",
        "from_version": None,
        "to_version": None,
        "backfilled": False,
        "fields": [{"field": "status", "label": "Status", "before": None, "after": ["x"]}],
    }


def test_a_reading_becomes_a_version(store: Database) -> None:
    raw = {
        "protocolSection": {
            "identificationModule": {"nctId": TRIAL, "briefTitle": "A trial"},
            "statusModule": {"overallStatus": "RECRUITING", "lastUpdateSubmitDate": "2026-01-02"},
            "designModule": {"enrollmentInfo": {"count": 40, "type": "ESTIMATED"}},
        }
    }
    canonical = documents.canonical(raw)
    sha = documents.digest(canonical)
    row = version_row(
        read(raw), Dated("2026-01-03", "posted"), raw_sha256=sha, light_hash="light", observed_at=NOW,
        source="poll", run=None, normalizer=1, seen_day="2026-03-01",
    )  # fmt: skip
    with store.write() as session:
        documents.keep(session, [(sha, canonical)])
        snapshots.commit(session, [NewStep(row, (), None)])
    with store.read() as session:
        kept = history.current(session, TRIAL)
    assert kept is not None
    assert (kept.title, kept.status, kept.results) == ("A trial", "RECRUITING", "none")
    assert (kept.enrollment_count, kept.enrollment_type) == (40, "ESTIMATED")
    assert (kept.effective, kept.submit_date, kept.observed_at) == ("2026-01-03", "2026-01-02", NOW)


def test_a_source_that_cannot_tell_results_has_none_in_its_version() -> None:
    raw = {"protocolSection": {"identificationModule": {"nctId": TRIAL}, "statusModule": {"overallStatus": "X"}}}
    row = version_row(
        read(raw, absent=("derivedSection",)), Dated("2026-01-03", "posted"), raw_sha256="", light_hash="",
        observed_at=NOW, source="backfill", run=None, normalizer=1, seen_day=None,
    )  # fmt: skip
    assert row.results is None


def test_instants_are_shown_in_utc_and_whole_seconds() -> None:
    assert instant_out(None) is None
    assert instant_out(NOW + timedelta(microseconds=999_999)) == "2026-03-01T12:00:00Z"
    assert instant_out(NOW.astimezone(timezone(timedelta(hours=5)))) == "2026-03-01T12:00:00Z"
