"""Facts and estimates: what is said to have happened has happened, and a turn is told as the turn it is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.support.records.results_records import made
from tests.support.records.strategies import study
from tests.unit.changes.test_warning import OS, PFS, aim
from tracker.changes.detect_changes import detect_changes
from tracker.changes.events.date_events import moved
from tracker.changes.red_flag import timing_of
from tracker.records.dates import RegistryDate
from tracker.records.trial import Dates, TrialRecord
from tracker.registries.ctgov.reader import read

DAY = dt.date(2026, 11, 22)
PAST = ("2020-01-15", "2022-06", "2023-12-31")


def lived(status: str, *types: str | None, last: str | None = None, **more: Any) -> TrialRecord:
    """Start, primary completion and completion all lie behind, and are of these types."""
    start, primary, completion = (RegistryDate(text, kind) for text, kind in zip(PAST, types, strict=True))
    return made(status=status, last_known_status=last, dates=Dates(start, primary, completion), **more)


E, A = "ESTIMATED", "ACTUAL"
LIVES: list[tuple[TrialRecord, str]] = [
    (lived("RECRUITING", A, E, E), "after the start"),
    (lived("ACTIVE_NOT_RECRUITING", None, E, E), "after the start"),
    (lived("SUSPENDED", E, E, E), "after the start"),
    (lived("RECRUITING", A, None, None), "after the start"),  # a date without a type is no fact
    (lived("ACTIVE_NOT_RECRUITING", A, A, E), "after primary completion"),
    (lived("NOT_YET_RECRUITING", E, E, E), "before the start"),
    (lived("NOT_YET_RECRUITING", None, E, E), "before the start"),
    (lived("WITHDRAWN", E, E, E), "after withdrawal"),
    (lived("WITHDRAWN", A, A, A), "after withdrawal"),  # whatever its dates say: it never began
    (lived("TERMINATED", A, E, E), "after termination"),
    (lived("TERMINATED", A, A, A), "after completion"),
    (lived("COMPLETED", None, E, E), "after completion"),
    (lived("UNKNOWN", A, E, E, last="RECRUITING"), "after the start"),
    (lived("UNKNOWN", E, E, E, last="NOT_YET_RECRUITING"), "before the start"),
    (lived("WITHHELD", E, E, E), "at an unknown time"),
    (lived("AVAILABLE", E, E, E), "at an unknown time"),
    (lived("A_WORD_OF_TOMORROW", A, E, E), "after the start"),
]


@pytest.mark.fault("R-B2")
@pytest.mark.parametrize(("record", "said"), LIVES)
def test_only_facts_are_milestones(record: TrialRecord, said: str) -> None:
    assert timing_of(record, DAY) == said


@pytest.mark.fault("R-B2")
@pytest.mark.parametrize(
    ("status", "types", "severity"),
    [
        ("RECRUITING", (A, E, E), "major"),
        ("NOT_YET_RECRUITING", (E, E, E), "major"),
        ("WITHDRAWN", (E, E, E), "major"),
        ("COMPLETED", (A, E, E), "critical"),
        ("TERMINATED", (A, E, E), "critical"),
        ("ACTIVE_NOT_RECRUITING", (A, A, E), "critical"),
    ],
)
def test_an_outcome_added_is_critical_once_it_is_over(status: str, types: tuple[str, ...], severity: str) -> None:
    [event] = detect_changes(lived(status, *types, **aim(PFS)), lived(status, *types, **aim(PFS, OS)), DAY)
    assert (event.kind, event.severity) == ("outcome.primary_changed", severity)


@pytest.mark.fault("R-B2")
def test_an_edit_that_tells_the_completion_is_made_after_it() -> None:
    """The completion comes with the edit: it had happened all the same."""
    before, after = lived("RECRUITING", A, E, E, **aim(PFS)), lived("COMPLETED", A, A, A, **aim(OS))
    [swapped] = [event for event in detect_changes(before, after, DAY) if event.kind == "outcome.primary_changed"]
    assert swapped.severity == "critical"
    assert "after completion" in swapped.summary


@pytest.mark.fault("R-B8")
@pytest.mark.parametrize(
    ("types", "said"),
    [
        ((A, E, E), "after the start"),
        ((A, None, None), "after the start"),
        ((None, E, E), "after the start"),
        ((A, A, E), "after primary completion"),
        ((A, A, A), "after completion"),
    ],
)
def test_a_stop_with_estimates_is_not_after_completion(types: tuple[str | None, ...], said: str) -> None:
    before = lived("RECRUITING", *types)
    [event] = detect_changes(before, lived("TERMINATED", *types, why_stopped="Funding"), DAY)
    assert event.summary == f"Status changed from Recruiting to Terminated: Funding ({said})"


TURNS = [
    ("2026-03-01", "2026-09-30", E, "major", "now 2026-09-30 (estimated), was 2026-03-01, 213 days later"),
    ("2026-03-01", "2026-03-31", E, "minor", "now 2026-03-31 (estimated), was 2026-03-01, 30 days later"),
    ("2026-03-01", "2025-03-01", E, "major", "now 2025-03-01 (estimated), was 2026-03-01, 365 days earlier"),
    ("2026-03-01", "2026-03-01", E, "minor", "now 2026-03-01 (estimated)"),
    ("2026-03-01", "2026-03", E, "minor", "now 2026-03 (estimated), was 2026-03-01"),
    ("2026-03-01", "2026-09-30", None, "major", "now 2026-09-30 (without a type), was 2026-03-01, 213 days later"),
]


@pytest.mark.fault("R-B8")
@pytest.mark.parametrize(("old", "new", "kind", "severity", "said"), TURNS)
def test_an_actual_date_taken_back_is_told_as_the_turn(
    old: str, new: str, kind: str | None, severity: str, said: str
) -> None:
    told = moved("Primary completion", RegistryDate(old, A), RegistryDate(new, kind))
    assert told == (severity, f"Primary completion no longer the actual date: {said}")


def test_an_estimate_that_came_true_is_told_as_before() -> None:
    told = moved("Start", RegistryDate("2026-03-01", E), RegistryDate("2026-03-31", A))
    assert told == ("minor", "Start slipped 30 days to 2026-03-31 (actual)")
    assert moved("Start", RegistryDate("2026-03-01", A), None) == ("minor", "Start removed (was 2026-03-01, actual)")


def _whole(status: str, **more: Any) -> TrialRecord:
    modules: dict[str, Any] = {
        "outcomesModule": {"primaryOutcomes": [{"measure": "Overall survival", "timeFrame": "2 years"}]},
        "eligibilityModule": {"eligibilityCriteria": "Adults", "minimumAge": "18 Years"},
        "armsInterventionsModule": {"armGroups": [{"label": "A device"}]},
        "contactsLocationsModule": {"locations": [{"facility": "A hospital", "country": "France"}]},
        "conditionsModule": {"conditions": ["A condition"]},
    }
    ahead = {"date": "2027-01-31", "type": E}
    dates: dict[str, Any] = {"startDateStruct": ahead, "completionDateStruct": ahead}
    return read(study(status=status, more_status=dates | more, **modules)).record


WITHHELD = read(study(status="WITHHELD")).record


@pytest.mark.fault("R-B8")
def test_a_withheld_record_made_public_is_one_event() -> None:
    [event] = detect_changes(WITHHELD, _whole("RECRUITING"), DAY)
    assert (event.kind, event.severity) == ("status.changed", "major")
    assert event.summary == "Record made public, withheld until now: Recruiting"
    assert {"status", "dates.start", "conditions"} <= {field.field for field in event.fields}


@pytest.mark.fault("R-B8")
def test_a_record_made_public_as_stopped_says_why() -> None:
    [event] = detect_changes(WITHHELD, _whole("TERMINATED", whyStopped="The device failed"), DAY)
    assert (event.kind, event.severity) == ("status.changed", "critical")
    assert event.summary == "Record made public, withheld until now: Terminated, The device failed"


@pytest.mark.fault("R-B8")
def test_a_record_withheld_again_drops_no_outcome() -> None:
    [event] = detect_changes(_whole("COMPLETED"), WITHHELD, DAY)
    assert (event.kind, event.severity) == ("status.changed", "major")
    assert event.summary == "Record withheld from the public (was Completed)"


def test_results_of_a_record_made_public_are_news_of_their_own() -> None:
    posted = {"hasResults": True, "resultsSection": {"moreInfoModule": {"limitationsAndCaveats": {"description": "x"}}}}
    public = read(study(status="COMPLETED") | posted).record
    assert [event.kind for event in detect_changes(WITHHELD, public, DAY)] == ["status.changed", "results.posted"]
