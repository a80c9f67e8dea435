"""Readings that leave out what is not asked for: the record without hashes, and dates and results alone."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given

from tests.support.records.posted_results import section
from tests.support.records.results_arc import round_
from tests.support.records.strategies import documents, study
from tests.support.registry.toy.reader import READER as TOY
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.reader import READER
from tracker.registries.registry import Milestones
from tracker.results.cycle import steps


def told(record: TrialRecord) -> Milestones:
    return Milestones(record.dates, msgspec.structs.replace(record.results, summary=None, claimed=None))


def alone(document: dict[str, Any], record: TrialRecord) -> Milestones:
    found = READER.milestones(document, record.results.state)
    return found._replace(results=msgspec.structs.replace(found.results, claimed=None))


@given(documents())
def test_a_record_without_hashes_is_the_same_record(document: dict[str, Any]) -> None:
    assert READER.record(document) == READER.read(document).record
    assert READER.past_record(document) == READER.read_past(document).record


@given(documents())
def test_dates_and_results_alone_are_those_of_the_record(document: dict[str, Any]) -> None:
    record = READER.read(document).record
    assert alone(document, record) == told(record)
    assert steps(READER.milestones(document, record.results.state).results) == steps(record.results)


def test_rounds_and_posted_results_are_found_without_the_rest() -> None:
    tracking = {"submissionInfos": [round_("2025-12-11", resetDate="2025-12-31"), round_("2026-01-23")]}
    status = {
        "resultsFirstSubmitDate": "2025-12-11",
        "resultsFirstPostDateStruct": {"date": "2026-05-04", "type": "ACTUAL"},
        "primaryCompletionDateStruct": {"date": "2024-06", "type": "ESTIMATED"},
    }
    pending = study() | {"derivedSection": {"miscInfoModule": {"submissionTracking": tracking}}}
    posted = study(more_status=status) | {"hasResults": True, "resultsSection": section()}
    for document, expected in ((pending, 3), (posted, 2)):
        record = READER.read(document).record
        assert alone(document, record) == told(record)
        assert len(steps(READER.milestones(document, record.results.state).results)) == expected
    assert READER.read(posted).record.dates.primary_completion is not None


def test_of_the_history_only_dates_are_told() -> None:
    document = {"protocolSection": study()["protocolSection"]}
    found = READER.milestones(document, None)
    assert found.dates == READER.read_past(document).record.dates
    assert found.results.state is None


def test_a_registry_without_a_reading_of_its_own_reads_the_record() -> None:
    document = {"id": "TOY-1", "state": "RUNNING", "results": True}
    assert TOY.milestones(document, None) == Milestones(
        *(getattr(TOY.record(document), it) for it in ("dates", "results"))
    )
