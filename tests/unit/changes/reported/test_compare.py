"""Edits of invented posted results: what is told, and what is one change."""

from __future__ import annotations

from typing import Any

from tests.support.records.posted_results import Section, changed, measure_of, read, section
from tracker.changes.reported.compare import ReportedChanges, compare_reported
from tracker.changes.reported.difference import What

RFS = "reported.measures.recurrence-free-survival-at-2-years"


def fields(found: ReportedChanges) -> list[str]:
    return [it.change.field for it in found.all]


def first_cell(edited: Section, title: str) -> dict[str, Any]:
    cell: dict[str, Any] = measure_of(edited, title)["classes"][0]["categories"][0]["measurements"][0]
    return cell


def test_nothing_differs_from_itself() -> None:
    assert changed(section()).all == ()


def test_one_value_is_one_difference_in_the_words_of_the_registry() -> None:
    edited = section()
    first_cell(edited, "Recurrence-free survival at 2")["value"] = "75.4"
    [found] = changed(edited).measures
    assert found.change.field == f"{RFS}.rows.-.-.resection-group.value"
    assert found.change.label == (
        "Recurrence-free survival at 2 years, Resection group, number (percentage of participants)"
    )
    assert (found.change.before, found.change.after) == ("78.1", "75.4")
    assert (found.what, found.severity) == (What.VALUE, "major")


def test_the_value_of_a_secondary_outcome_is_minor() -> None:
    edited = section()
    first_cell(edited, "Tumour recurrence")["value"] = "10"
    assert [it.severity for it in changed(edited).measures] == ["minor"]


def test_a_renamed_group_is_one_change_in_all_measures() -> None:
    edited = section()
    for measure in edited["outcomeMeasuresModule"]["outcomeMeasures"]:
        for group in measure.get("groups", ()):
            if group["title"] == "Resection group":
                group["title"] = "Early surgery"
    [found] = changed(edited).all
    assert found.what is What.RENAMED
    assert (found.change.before, found.change.after) == ("Resection group", "Early surgery")
    assert found.change.label == "Group renamed (in 6 places)"


def test_a_group_renamed_and_edited_is_still_the_same_group() -> None:
    edited = section()
    measure = measure_of(edited, "Change in quality of life")
    measure["groups"][0]["title"] = "Early surgery"
    measure["classes"][0]["categories"][0]["measurements"][0]["value"] = "-9.9"
    assert sorted(it.what for it in changed(edited).all) == sorted([What.RENAMED, What.VALUE])


def test_a_group_that_left_is_one_change() -> None:
    edited = section()
    measure = measure_of(edited, "Recurrence-free survival at 2")
    del measure["groups"][1], measure["denoms"][0]["counts"][1], measure["analyses"]
    del measure["classes"][0]["categories"][0]["measurements"][1]
    found = changed(edited)
    assert sorted(fields(found)) == sorted(
        [
            f"{RFS}.groups.non-surgical-resection-group",
            f"{RFS}.analyses.non-surgical-resection-group-vs-resection-group",
        ]
    )


def test_a_retitled_measure_is_one_change() -> None:
    edited = section()
    measure_of(edited, "Tumour recurrence")["title"] = "Recurrence of the tumour on a scan"
    [found] = changed(edited).all
    assert found.change.field == "reported.measures.recurrence-of-the-tumour-on-a-scan.title"


def test_a_measure_swapped_for_another_one_is_two_changes() -> None:
    edited = section()
    measure = measure_of(edited, "Tumour recurrence")
    measure.update(title="Days in hospital", unitOfMeasure="days", paramType="MEDIAN")
    for cell, value in zip(measure["classes"][0]["categories"][0]["measurements"], ("21", "4"), strict=True):
        cell["value"] = value
    assert sorted(it.what for it in changed(edited).all) == sorted([What.CAME, What.WENT])


def test_a_class_retitled_with_its_values_is_one_change() -> None:
    edited = section()
    measure_of(edited, "Change in quality of life")["classes"][1]["title"] = "One year"
    [found] = changed(edited).all
    assert (found.what, found.change.before, found.change.after) == (What.RENAMED, "Month 12", "One year")


def test_results_that_came_are_one_change() -> None:
    edited = section()
    measure_of(edited, "Tumour DNA").update(
        reportingStatus="POSTED",
        paramType="NUMBER",
        unitOfMeasure="participants",
        groups=[{"id": "OG000", "title": "Resection group"}],
        denoms=[{"units": "Participants", "counts": [{"groupId": "OG000", "value": "37"}]}],
        classes=[{"categories": [{"measurements": [{"groupId": "OG000", "value": "12"}]}]}],
    )
    [found] = changed(edited).all
    assert (found.what, found.change.field) == (What.CAME, "reported.measures.tumour-dna-in-blood.status")


def test_deaths_and_serious_totals_are_major_and_terms_are_minor() -> None:
    edited = section()
    events = edited["adverseEventsModule"]
    events["eventGroups"][0].update(deathsNumAffected=5, otherNumAffected=20)
    events["seriousEvents"][0]["stats"][0]["numAffected"] = 3
    found = {it.what: it.severity for it in changed(edited).safety}
    assert found == {What.DEATHS: "major", What.COUNT: "minor", What.TERM: "minor"}
    assert changed(edited).safety[0].what is What.DEATHS


def test_a_new_vocabulary_of_many_terms_is_one_quiet_change() -> None:
    before, after = section(), section()
    for edited, vocabulary in ((before, "MedDRA 26.0"), (after, "MedDRA 27.1")):
        terms = [{"term": f"Term {number}", "organSystem": "Investigations", "stats": []} for number in range(15)]
        edited["adverseEventsModule"]["otherEvents"] = [it | {"sourceVocabulary": vocabulary} for it in terms]
    [found] = compare_reported(read(before), read(after)).all
    assert (found.what, found.severity) == (What.CODING, "admin")
    assert found.change.label == "Adverse events, vocabulary of 15 terms"


def test_few_terms_with_another_vocabulary_are_told_each() -> None:
    before, after = section(), section()
    for edited, vocabulary in ((before, "MedDRA 26.0"), (after, "MedDRA 27.1")):
        terms = [{"term": f"Term {number}", "organSystem": "Investigations", "stats": []} for number in range(9)]
        edited["adverseEventsModule"]["otherEvents"] = [it | {"sourceVocabulary": vocabulary} for it in terms]
    assert len(compare_reported(read(before), read(after)).all) == 9


def test_the_flow_the_baseline_and_the_texts_are_told_apart() -> None:
    edited = section()
    edited["participantFlowModule"]["periods"][0]["milestones"][0]["achievements"][0]["numSubjects"] = "38"
    edited["baselineCharacteristicsModule"]["denoms"][0]["counts"][0]["value"] = "38"
    edited["moreInfoModule"]["limitationsAndCaveats"]["description"] = "None."
    edited["moreInfoModule"]["pointOfContact"]["title"] = "The trial office"
    found = changed(edited)
    assert [len(part) for part in (found.measures, found.safety, found.flow, found.baseline)] == [0, 0, 1, 1]
    assert [(it.change.field, it.severity) for it in found.texts] == [
        ("reported.limitations", "minor"),
        ("reported.contact", "admin"),
    ]


def test_the_work_is_bounded_for_thousands_of_measures() -> None:
    """Likenesses are computed for few pairs only: `pairing` counts them."""
    one, two = section(), section()
    for edited, word in ((one, "alpha"), (two, "beta")):
        blank = {"type": "SECONDARY", "timeFrame": "1 year", "reportingStatus": "NOT_POSTED"}
        listed = [blank | {"title": f"{word} outcome {number}"} for number in range(3000)]
        edited["outcomeMeasuresModule"]["outcomeMeasures"] = listed
    found = compare_reported(read(one), read(two)).measures
    assert len(found) >= 3000
