"""The sentences about edited results: every number with its group, and what it is."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.support.records.posted_results import Section, measure_of, read, section
from tracker.changes.reported.compare import compare_reported
from tracker.changes.reported.flags import reported_flags
from tracker.changes.reported.reported_events import reported_events
from tracker.changes.wording.values import value_words
from tracker.changes.wording.words import ends

RFS = "Recurrence-free survival at 2"
TITLE = "Recurrence-free survival at 2 years in all who were randomized, by blinded central review of scans"

Edit = Callable[[Section], object]


def told(edit: Edit, *, first: Edit | None = None) -> str:
    """The one event of an edit, made to invented results after `first`."""
    before = section()
    if first is not None:
        first(before)
    after = deepcopy(before)
    edit(after)
    changes = compare_reported(read(before), read(after))
    [event] = reported_events(changes, reported_flags(changes))
    return event.summary


def long_title(edited: Section) -> None:
    measure_of(edited, RFS)["title"] = TITLE


def cells(edited: Section) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = measure_of(edited, RFS)["classes"][0]["categories"][0]["measurements"]
    return found


def exchange(edited: Section) -> None:
    one, two = cells(edited)
    one["value"], two["value"] = two["value"], one["value"]


def fewer_analyzed(edited: Section) -> None:
    measure_of(edited, RFS)["denoms"][0]["counts"][0]["value"] = "31"


def another_estimate(edited: Section) -> None:
    measure_of(edited, RFS)["analyses"][0]["paramType"] = "Restricted mean survival time ratio"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (exchange, ", Resection group, number: 78.1 -> "),
        (fewer_analyzed, ", Resection group, participants analyzed: "),
        (another_estimate, ", name of the estimate: "),
    ],
)
def test_a_long_title_leaves_room_for_the_group_and_what_differs(edit: Edit, said: str) -> None:
    found = told(edit, first=long_title)
    assert ": Recurrence-" in found
    assert said in found
    assert len(found) <= 160


def test_an_adverse_event_is_counted_in_a_group_by_its_title() -> None:
    def one_more(edited: Section) -> None:
        edited["adverseEventsModule"]["seriousEvents"][0]["stats"][0]["numAffected"] += 1

    def a_dose(edited: Section) -> None:
        edited["adverseEventsModule"]["eventGroups"][0]["title"] = "Zetamab 2.5 mg/kg + Standard Care"

    assert ", Zetamab 2.5 mg/kg + Standard Care, affected: " in told(one_more, first=a_dose)


def test_the_baseline_counts_in_the_units_of_the_registry() -> None:
    def knees(edited: Section) -> None:
        baseline = edited["baselineCharacteristicsModule"]
        counts = [{"groupId": it["id"], "value": "40"} for it in baseline["groups"]]
        baseline["denoms"].append({"units": "Knees (Left/Right)", "counts": counts})

    def fewer(edited: Section) -> None:
        edited["baselineCharacteristicsModule"]["denoms"][-1]["counts"][0]["value"] = "38"

    assert ", knees (left/right) analyzed: 40 -> 38" in told(fewer, first=knees)


def test_codes_of_the_registry_are_told_in_words() -> None:
    def median(edited: Section) -> None:
        measure_of(edited, RFS)["paramType"] = "GEOMETRIC_LEAST_SQUARES_MEAN"

    def one_sided(edited: Section) -> None:
        measure_of(edited, RFS)["analyses"][0]["ciNumSides"] = "ONE_SIDED"

    assert told(median).endswith(", statistic: Number -> Geometric least squares mean")
    assert told(one_sided).endswith(", sides: Two sided -> One sided")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("reported.measures.pain.analyses.a-b.dispersion", "STANDARD_ERROR_OF_MEAN", "Standard error of mean"),
        ("reported.measures.pain.analyses.a-b.hypothesis", "NON_INFERIORITY", "Non-inferiority"),
        ("reported.measures.pain.dispersion", "84% Confidence Interval", "84% Confidence Interval"),
        ("reported.measures.pain.type", "OTHER_PRE_SPECIFIED", "Other pre-specified"),
        ("reported.baseline.measures.age.statistic", "MEDIAN", "Median"),
        ("reported.adverse_events.events.serious-rash.assessment", "SYSTEMATIC_ASSESSMENT", "Systematic assessment"),
        ("reported.measures.pain.rows.-.-.drug.value", "NA", "NA"),
        ("reported.measures.pain.analyses.a-b.method", "ANCOVA", "ANCOVA"),
        ("reported.agreement", {"restrictive": True, "restriction": "LTE60"}, "Held back for at most 60 days"),
    ],
)
def test_only_codes_become_words(field: str, value: object, said: str) -> None:
    assert said in value_words(field, value)


def analysis(edited: Section) -> dict[str, Any]:
    found: dict[str, Any] = measure_of(edited, RFS)["analyses"][0]
    return found


def not_posted(edited: Section) -> None:
    measure_of(edited, RFS).update(reportingStatus="NOT_POSTED", anticipatedPostingDate="2027-03")


@pytest.mark.parametrize(
    ("first", "edit", "said"),
    [
        (
            lambda it: analysis(it).update(statisticalMethod="Log Rank"),
            lambda it: analysis(it).update(statisticalMethod="Regression, Cox"),
            ", method: Log Rank -> Regression, Cox",
        ),
        (
            lambda it: analysis(it).update(nonInferiorityType="SUPERIORITY"),
            lambda it: analysis(it).update(nonInferiorityType="NON_INFERIORITY"),
            ", hypothesis: Superiority -> Non-inferiority",
        ),
        (
            lambda it: it["adverseEventsModule"].update(timeFrame="1 year"),
            lambda it: it["adverseEventsModule"].update(timeFrame="2 years"),
            ", time frame: 1 year -> 2 years",
        ),
        (
            not_posted,
            lambda it: measure_of(it, RFS).update(anticipatedPostingDate="2028-01"),
            ", anticipated posting: 2027-03 -> 2028-01",
        ),
        (
            lambda it: measure_of(it, RFS).pop("populationDescription", None),
            lambda it: measure_of(it, RFS).update(populationDescription="All who were operated on"),
            ", population analyzed: none -> All who were operated on",
        ),
        (
            lambda it: measure_of(it, RFS).update(populationDescription="All who were randomized. " * 4),
            lambda it: measure_of(it, RFS).update(populationDescription="All who began the treatment. " * 4),
            ", population analyzed reworded",
        ),
    ],
)
def test_a_short_text_is_told_as_it_was_and_is(first: Edit, edit: Edit, said: str) -> None:
    assert told(edit, first=first).endswith(said)


def labels(before: Section, after: Section) -> list[str]:
    return [it.change.label for it in compare_reported(read(before), read(after)).measures]


def two_measures(one: Section, two: Section) -> tuple[Section, Section]:
    """Two measures that differ in these fields, and the same with another value in each."""
    before = section()
    measures = before["outcomeMeasuresModule"]["outcomeMeasures"]
    first = measure_of(before, RFS)
    measures[:] = [first | one, deepcopy(first) | two]
    after = deepcopy(before)
    for measure in after["outcomeMeasuresModule"]["outcomeMeasures"]:
        measure["classes"][0]["categories"][0]["measurements"][0]["value"] = "12.3"
    return before, after


def test_long_titles_that_begin_alike_are_told_apart() -> None:
    week = "Change from baseline in the pain that participants report in a diary at week {}"
    found = labels(*two_measures({"title": week.format(12)}, {"title": week.format(24)}))
    assert ["week 12, Resection group" in found[0], "week 24, Resection group" in found[1]] == [True, True]
    assert all(label.startswith("Change from") for label in found)


def test_equal_titles_are_told_apart_by_their_time_frames() -> None:
    pain = {"title": "Pain in a diary"}
    found = labels(*two_measures(pain | {"timeFrame": "12 weeks"}, pain | {"timeFrame": "24 weeks"}))
    assert [label.partition(",")[0] for label in found] == ["Pain in a diary [12 weeks]", "Pain in a diary [24 weeks]"]


def test_a_sentence_cuts_the_middle_of_a_title_that_differs_at_its_end() -> None:
    title = "Change from baseline in the pain that participants report in a diary at week {}"

    def weeks(edited: Section) -> None:
        measures = edited["outcomeMeasuresModule"]["outcomeMeasures"]
        measures.append(deepcopy(measure_of(edited, RFS)) | {"title": title.format(24)})
        measure_of(edited, RFS)["title"] = title.format(12)

    def swap(edited: Section) -> None:
        one, two = measure_of(edited, "Change from baseline in the pain")["classes"][0]["categories"][0]["measurements"]
        one["value"], two["value"] = two["value"], one["value"]

    found = told(swap, first=weeks)
    assert found.startswith("Primary result changed: … at week 12, Resection group, number: 78.1 -> ")


@pytest.mark.parametrize(
    ("room", "cut"),
    [
        (80, "Change from baseline … in walking distance at week 24"),
        (44, "Change from … walking distance at week 24"),
        (14, "… at week 24"),
    ],
)
def test_a_title_is_cut_in_its_middle(room: int, cut: str) -> None:
    assert ends("Change from baseline … in walking  distance at week 24", room) == cut


@pytest.mark.parametrize(
    ("was", "now", "number", "said"),
    [
        ({"unitOfMeasure": "mg"}, {"unitOfMeasure": "grams"}, "value", "number, in mg, now in grams: 500 -> 0.5"),
        ({"unitOfMeasure": "mg"}, {"unitOfMeasure": "MG"}, "value", "number: 500 -> 0.5 MG"),
        (
            {"unitOfMeasure": "mg", "paramType": "MEAN"},
            {"paramType": "MEDIAN"},
            "value",
            "mean, now median: 500 -> 0.5 mg",
        ),
        (
            {"unitOfMeasure": "mg", "dispersionType": "Standard Deviation"},
            {"dispersionType": "Standard Error"},
            "spread",
            "Standard Deviation, now Standard Error: 500 -> 0.5 mg",
        ),
    ],
)
def test_two_numbers_are_not_told_as_one_thing_if_they_are_two(
    was: Section, now: Section, number: str, said: str
) -> None:
    before = section()
    measure_of(before, RFS).update(was)
    cells(before)[0][number] = "500"
    after = deepcopy(before)
    measure_of(after, RFS).update(now)
    cells(after)[0][number] = "0.5"
    [event] = [it for it in reported_events(compare_reported(read(before), read(after))) if it.severity == "major"]
    assert f", Resection group, {said}" in event.summary
