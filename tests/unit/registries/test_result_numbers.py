"""Numbers of results are those that were reported; what overlaps is never added up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.records.strategies import study
from tracker.changes.diff import compare
from tracker.changes.events.results_events import results_events
from tracker.records.results.summary import EventGroup, ResultsSummary
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.reader import read


def flow(*started: str) -> dict[str, Any]:
    numbers = [{"numSubjects": number} for number in started]
    return {"periods": [{"milestones": [{"type": "STARTED", "achievements": numbers}]}]}


def baseline(**totals: str) -> dict[str, Any]:
    groups = [{"id": f"BG{it}", "title": title} for it, title in enumerate(totals)]
    counts = [{"groupId": f"BG{it}", "value": number} for it, number in enumerate(totals.values())]
    return {"groups": groups, "denoms": [{"units": "Participants", "counts": counts}]}


def harmed(**groups: tuple[int, int]) -> dict[str, Any]:
    return {
        "eventGroups": [
            {"title": title, "seriousNumAffected": affected, "seriousNumAtRisk": at_risk}
            for title, (affected, at_risk) in groups.items()
        ]
    }


def results(enrolled: int | None = None, kind: str = "ACTUAL", **modules: Any) -> TrialRecord:
    design = {"studyType": "INTERVENTIONAL"}
    counted = {"enrollmentInfo": {"count": enrolled, "type": kind}} if enrolled is not None else {}
    section = {f"{name}Module": value for name, value in modules.items()}
    return read(study(designModule=design | counted) | {"hasResults": True, "resultsSection": section}).record


def summary_of(record: TrialRecord) -> ResultsSummary:
    assert record.results.summary is not None
    return record.results.summary


PARTICIPANTS = [
    (results(participantFlow=flow("40")), 40),  # one group: its number was reported
    (results(participantFlow=flow("20", "22")), None),  # nobody said 42
    (results(42, participantFlow=flow("20", "22")), 42),
    (results(42, "ESTIMATED", participantFlow=flow("20", "22")), None),
    (results(45, participantFlow=flow("20", "22"), baselineCharacteristics=baseline(A="20", B="22", Total="42")), 42),
    (results(45, participantFlow=flow("20", "22"), baselineCharacteristics=baseline(A="20", B="22")), None),
    (results(607, participantFlow=flow("607", "607", "234")), None),  # a part of the trial counted again
]


@pytest.mark.fault("R-B4")
@pytest.mark.parametrize(("record", "number"), PARTICIPANTS)
def test_participants_are_a_number_somebody_reported(record: TrialRecord, number: int | None) -> None:
    assert summary_of(record).participants == number


@pytest.mark.fault("R-B4")
def test_groups_of_adverse_events_are_kept_and_not_added_up() -> None:
    found = summary_of(results(adverseEvents=harmed(Whole=(234, 607), Part=(100, 234))))
    assert (found.serious_events_affected, found.other_events_affected, found.deaths_affected) == (None, None, None)
    assert found.event_groups == (EventGroup("Part", 100, 234), EventGroup("Whole", 234, 607))
    alone = summary_of(results(adverseEvents=harmed(Whole=(234, 607))))
    assert alone.serious_events_affected == 234


AB = {"A": (1, 9), "B": (5, 9)}
POSTED = [
    ({"Whole": (234, 607), "Part": (100, 234)}, "serious adverse events in 234 of 607 (Whole) and 100 of 234 (Part)"),
    ({"A": (1, 9), "B": (5, 9), "C": (2, 9)}, "serious adverse events in up to 5 of 9 (B), by group"),
    ({"A": (3, 9)}, "serious adverse events in 3 of 9"),
    ({"A": (0, 9), "B": (0, 8)}, "no serious adverse events"),
    # no one was asked, in no group or in some
    ({"A": (0, 0), "B": (0, 0)}, "nobody at risk of serious adverse events"),
    ({"A": (0, 0)}, "nobody at risk of serious adverse events"),
    ({"A": (0, 9), "B": (0, 0)}, "no serious adverse events"),
    ({"A": (3, 9), "B": (0, 0)}, "serious adverse events in 3 of 9 (A)"),
    ({}, None),
]


@pytest.mark.fault("R-B4")
@pytest.mark.parametrize(("groups", "said"), POSTED)
def test_a_posting_tells_groups_or_the_largest(groups: dict[str, tuple[int, int]], said: str | None) -> None:
    before, after = read(study()).record, results(adverseEvents=harmed(**groups), participantFlow=flow("9"))
    changes = [it for it in compare(before.document(), after.document()) if it.path[0] == "results"]
    [event] = results_events(changes, before, after)
    start = "Results posted: 0 primary and 0 secondary measures, 9 participants"
    assert event.summary == f"{start}, {said}" if said else start


def test_another_order_of_the_groups_is_no_change() -> None:
    one, two = (results(adverseEvents=harmed(**groups)) for groups in (AB, dict(reversed(AB.items()))))
    assert summary_of(one).event_groups == summary_of(two).event_groups
    assert compare(one.document(), two.document()) == []
