"""Red flags in edited results, one at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.records.posted_results import Section, changed, measure_of, read, section
from tracker.changes.reported.compare import compare_reported
from tracker.changes.reported.flags import no_effect, reported_flags

RFS = "Recurrence-free survival at 2"


def analysis(edited: Section) -> Section:
    found: Section = measure_of(edited, RFS)["analyses"][0]
    return found


def cells(edited: Section, title: str) -> list[Section]:
    found: list[Section] = measure_of(edited, title)["classes"][0]["categories"][0]["measurements"]
    return found


def exchange(edited: Section) -> None:
    one, two = cells(edited, "Tumour recurrence")
    one["value"], two["value"] = two["value"], one["value"]


def add_a_primary(edited: Section) -> None:
    measures = edited["outcomeMeasuresModule"]["outcomeMeasures"]
    measures.append(
        {"type": "PRIMARY", "title": "Days in hospital", "timeFrame": "1 year", "reportingStatus": "POSTED"}
    )


def leave_out(edited: Section) -> None:
    measures = edited["outcomeMeasuresModule"]["outcomeMeasures"]
    measures.remove(measure_of(edited, RFS))


def move_a_reason(edited: Section) -> None:
    reasons = edited["participantFlowModule"]["periods"][0]["dropWithdraws"]
    reasons[0]["reasons"][0]["numSubjects"] = "0"
    reasons[1]["reasons"][0]["numSubjects"] = "3"


CASES: list[tuple[Callable[[Section], object], str, str, str]] = [
    (lambda it: analysis(it).update(pValue="0.064"), "p_value", "major", "p-value crosses .05"),
    (
        lambda it: analysis(it).update(ciUpperLimit="1.05"),
        "interval",
        "major",
        "the interval now includes no effect",
    ),
    (lambda it: analysis(it).update(paramValue="1.2"), "direction", "major", "the estimate changes its direction"),
    (exchange, "exchanged", "major", "Resection group and Non-surgical resection group exchanged their values"),
    (leave_out, "went", "major", "a posted measure disappeared"),
    (add_a_primary, "came", "major", "a primary measure was added"),
    (
        lambda it: measure_of(it, RFS)["denoms"][0]["counts"][0].update(value="31"),
        "denominator",
        "major",
        "a denominator changed by a tenth or more",
    ),
    (
        lambda it: measure_of(it, "Change in quality").update(dispersionType="Standard Error"),
        "dispersion",
        "minor",
        "another type of dispersion under the same numbers",
    ),
    (
        lambda it: measure_of(it, "Tumour recurrence").update(type="POST_HOC"),
        "post_hoc",
        "minor",
        "a measure is now called post hoc",
    ),
    (
        lambda it: it["adverseEventsModule"]["eventGroups"][1].update(deathsNumAffected=2),
        "deaths",
        "major",
        "deaths went down",
    ),
    (
        lambda it: it["adverseEventsModule"]["eventGroups"][0].update(seriousNumAffected=1),
        "serious",
        "major",
        "serious totals went down",
    ),
    (
        lambda it: it["adverseEventsModule"].update(frequencyThreshold="10"),
        "threshold",
        "minor",
        "the threshold was raised",
    ),
    (
        lambda it: it["participantFlowModule"]["periods"][0]["milestones"][0]["achievements"][0].update(
            numSubjects="50"
        ),
        "started",
        "minor",
        "started changed by a tenth or more",
    ),
]


@pytest.mark.parametrize(("edit", "kind", "severity", "aside"), CASES, ids=[case[1] for case in CASES])
def test_each_edit_raises_its_flag_and_no_other(
    edit: Callable[[Section], object], kind: str, severity: str, aside: str
) -> None:
    edited = section()
    edit(edited)
    found = reported_flags(changed(edited))
    assert [(it.kind, it.severity, it.aside) for it in found] == [(f"reported.{kind}", severity, aside)]


@pytest.mark.parametrize(
    "edit",
    [
        lambda it: analysis(it).update(pValue="0.049"),
        lambda it: analysis(it).update(pValue="<0.05"),
        lambda it: analysis(it).update(ciUpperLimit="0.99"),
        lambda it: measure_of(it, RFS)["denoms"][0]["counts"][0].update(value="36"),
        lambda it: it["adverseEventsModule"]["eventGroups"][1].update(deathsNumAffected=4),
        lambda it: it["adverseEventsModule"].update(frequencyThreshold="0"),
        lambda it: measure_of(it, RFS).update(unitOfMeasure="percent"),
    ],
)
def test_an_edit_that_turns_nothing_raises_no_flag(edit: Callable[[Section], object]) -> None:
    edited = section()
    edit(edited)
    assert reported_flags(changed(edited)) == []


def test_an_adverse_event_that_became_another_reason_is_seen() -> None:
    before = section()
    reasons = before["participantFlowModule"]["periods"][0]["dropWithdraws"]
    reasons[0]["type"] = "Adverse Event"
    after = section()
    after["participantFlowModule"]["periods"][0]["dropWithdraws"][0]["type"] = "Adverse Event"
    move_a_reason(after)
    from_before = [it.kind for it in reported_flags(compare_reported(read(before), read(after)))]
    assert from_before == ["reported.reason"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Hazard Ratio (HR)", 1.0),
        ("Odds Ratio (OR)", 1.0),
        ("Relative risk", 1.0),
        ("Log hazard ratio", 0.0),
        ("Mean Difference (Final Values)", 0.0),
        ("Slope", 0.0),
        ("Cohen's kappa", None),
        ("", None),
        (None, None),
    ],
)
def test_no_effect_is_known_only_from_the_name(name: str | None, value: float | None) -> None:
    assert no_effect(name) == value
