"""The results section of a record: read whole, and refused in one sentence where its shape is another."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.support.records.posted_results import measure_of, read, section
from tests.support.records.strategies import study
from tracker.changes.detect_changes import detect_changes
from tracker.changes.reported.compare import compare_reported
from tracker.errors import Unreadable
from tracker.recording.reported_sides import reported_sides
from tracker.records.results.reported import Cell
from tracker.registries.ctgov import reader as ctgov
from tracker.registries.ctgov.results.reported import reported_of

DAY = dt.date(2027, 4, 12)


def test_a_record_without_results_reports_nothing() -> None:
    assert reported_of(study()) is None
    assert reported_of(study() | {"resultsSection": {}}) is None


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"outcomeMeasuresModule": {"outcomeMeasures": [{"title": 7}]}}, "outcomeMeasures[0].title: expected str"),
        ({"outcomeMeasuresModule": []}, "resultsSection.outcomeMeasuresModule: expected object, found array"),
        ({"adverseEventsModule": {"eventGroups": [{"deathsNumAffected": "2"}]}}, "deathsNumAffected: expected int"),
    ],
)
def test_another_shape_is_refused_with_its_place(part: dict[str, Any], said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        reported_of({"resultsSection": part})
    assert said in refused.value.message


def test_results_that_are_no_object_are_refused() -> None:
    with pytest.raises(Unreadable, match="resultsSection: expected an object, found list"):
        reported_of({"resultsSection": [1]})


def test_results_that_cannot_be_read_are_told_without_their_values() -> None:
    """One strange part of the results does not keep the rest of the record from being compared."""
    before, after = (study() | {"hasResults": True, "resultsSection": section()} for _ in range(2))
    measure_of(after["resultsSection"], "Tumour recurrence")["unitOfMeasure"] = 5
    sides = reported_sides(ctgov.READER, before, after, "NCT05349331")
    assert sides.before is None and sides.after is None and "unitOfMeasure" in sides.problem
    old, new = (ctgov.read(document).record for document in (before, after))
    [event] = detect_changes(old, new, DAY, reported=sides)
    assert (event.kind, event.severity) == ("results.updated", "minor")
    assert event.summary.startswith("Posted results updated: outcome measures (values not read: ")


def test_a_code_that_its_list_lacks_keeps_its_own_name() -> None:
    edited = section()
    cells = measure_of(edited, "Tumour recurrence")["classes"][0]["categories"][0]["measurements"]
    cells[0]["groupId"] = "OG777"
    row = read(edited).measures["tumour-recurrence"].rows["-"]["-"]
    assert row["og777"] == Cell("9", 9.0)


def test_a_second_value_of_one_group_is_kept() -> None:
    edited = section()
    cells = measure_of(edited, "Tumour recurrence")["classes"][0]["categories"][0]["measurements"]
    cells.append({"groupId": "OG000", "value": "11"})
    row = read(edited).measures["tumour-recurrence"].rows["-"]["-"]
    assert sorted(cell.value or "" for cell in row.values()) == ["11", "13", "9"]


def test_what_is_not_given_is_none_and_never_zero() -> None:
    edited = section()
    del edited["adverseEventsModule"]["eventGroups"][0]["deathsNumAffected"]
    group = read(edited).adverse_events.groups["resection-group"]
    assert (group.deaths_affected, group.deaths_at_risk) == (None, 37)


def test_participants_are_no_unit_of_their_own() -> None:
    edited = section()
    measure_of(edited, "Tumour recurrence")["denomUnitsSelected"] = "Participants"
    assert read(edited) == read(section())
    measure_of(edited, "Tumour recurrence")["typeUnitsAnalyzed"] = "Lesions"
    assert read(edited).measures["tumour-recurrence"].units_analyzed == "Lesions"


def test_texts_lose_their_escapes_and_values_stay_as_posted() -> None:
    edited = section()
    measure = measure_of(edited, "Tumour recurrence")
    measure["title"] = "Tumour  recurrence &lt; 24 months"
    measure["classes"][0]["categories"][0]["measurements"][0]["value"] = "9.50"
    found = read(edited).measures["tumour-recurrence-lt-24-months"]
    assert found.title == "Tumour recurrence < 24 months"
    assert found.rows["-"]["-"]["resection-group"] == Cell("9.50", 9.5)


def test_a_value_of_a_group_that_no_list_has_is_compared_too() -> None:
    before, after = section(), section()
    for edited, value in ((before, "9"), (after, "10")):
        measure = measure_of(edited, "Tumour recurrence")
        measure["classes"][0]["categories"][0]["measurements"][0] = {"groupId": "OG777", "value": value}
        measure["analyses"] = [{"groupIds": ["OG777", "OG001"], "pValue": f"0.{value}"}]
        edited["adverseEventsModule"]["otherEvents"][0]["stats"][0] = {"groupId": "EG777", "numAffected": int(value)}
        edited["participantFlowModule"]["periods"][0]["milestones"][0]["achievements"][0] = {
            "groupId": "FG777",
            "numSubjects": value,
        }
    found = {it.change.field.rpartition(".")[2] for it in compare_reported(read(before), read(after)).all}
    assert found == {"value", "p_value", "affected", "participants"}
