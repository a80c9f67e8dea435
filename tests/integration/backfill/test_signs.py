"""The registry's own past is told with its warning signs and moved due days, as what a poll finds is."""

from __future__ import annotations

from typing import Any

from tests.support.harness import ONE, Harness, record
from tests.support.registry.embedded_registry import Study, signed
from tracker.backfill.backfill import Backfill

PAIN, SLEEP = {"measure": "Pain", "timeFrame": "12 weeks"}, {"measure": "Sleep", "timeFrame": "12 weeks"}


def version(
    day: str, outcomes: list[dict[str, str]], completed: str, enrolled: tuple[int, str], **status: Any
) -> Study:
    found = signed(record(ONE))
    protocol = found["protocolSection"]
    protocol["statusModule"] |= {
        "lastUpdateSubmitDate": day,
        "lastUpdatePostDateStruct": {"date": day, "type": "ACTUAL"},
        "primaryCompletionDateStruct": {"date": completed, "type": "ACTUAL"},
        **status,
    }
    protocol["outcomesModule"] = {"primaryOutcomes": outcomes}
    protocol["designModule"]["enrollmentInfo"] = {"count": enrolled[0], "type": enrolled[1]}
    return {"protocolSection": protocol}


def test_the_past_is_told_with_its_signs(harness: Harness) -> None:
    """An outcome dropped after completion; a deadline moved; a target cut ten days before the count."""
    lives = [
        version("2024-01-10", [PAIN, SLEEP], "2024-06-30", (100, "ESTIMATED")),
        version("2024-08-01", [PAIN], "2024-06-30", (60, "ESTIMATED")),
        version("2024-08-05", [PAIN], "2024-09-30", (60, "ESTIMATED")),
        version("2024-08-11", [PAIN], "2024-09-30", (58, "ACTUAL")),
    ]
    harness.registry.studies = {
        ONE: lives[-1] | {"derivedSection": {"miscInfoModule": {"versionHolder": "2026-08-14"}}}
    }
    harness.registry.histories = {ONE: lives}
    harness.watch(ONE)
    Backfill(harness.context).whole([ONE])
    told = {(event.kind, event.effective): event for event in harness.news()}
    dropped = told["outcome.primary_changed", "2024-08-01"]
    assert (dropped.severity, dropped.summary) == (
        "critical",
        "Primary outcome dropped after primary completion: Sleep",
    )
    moved = told["results.due_moved", "2024-08-05"]
    assert "92 days later, to 2025-09-30: the primary completion date changed" in moved.summary
    counted = told["enrollment.actual_reported", "2024-08-11"]
    assert counted.severity == "major" and "cut from 100 to 60 only 10 days before" in counted.summary
    assert all(event.backfilled for event in told.values())


def test_a_past_version_with_posted_results_moves_no_due_day(harness: Harness) -> None:
    """The history shows no results, but the day they were posted: nothing is due any more, and edits come after it."""
    posted = {"resultsFirstSubmitDate": "2024-07-10", "resultsFirstPostDateStruct": {"date": "2024-08-01"}}
    lives = [
        version("2024-08-01", [PAIN, SLEEP], "2024-06-30", (58, "ACTUAL"), **posted),
        version("2024-08-05", [PAIN], "2024-09-30", (58, "ACTUAL"), **posted),
    ]
    harness.registry.studies = {
        ONE: lives[-1] | {"derivedSection": {"miscInfoModule": {"versionHolder": "2026-08-14"}}}
    }
    harness.registry.histories = {ONE: lives}
    harness.watch(ONE)
    Backfill(harness.context).whole([ONE])
    told = {event.kind: event for event in harness.news()}
    assert "results.due_moved" not in told
    assert told["outcome.primary_changed"].summary == "Primary outcome dropped after results were posted: Sleep"
