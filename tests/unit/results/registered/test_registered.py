"""Registered against reported: each verdict, what cannot be known, and the clause for the summary."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.results.registered.made import EARLY, LATE, MIDDLE, measure, outcome, posted_record, record
from tracker.records.results.reported import Measure
from tracker.records.trial import OutcomeMeasure, Outcomes, TrialRecord
from tracker.results.registered.as_of import Anchor
from tracker.results.registered.registered import (
    RegisteredReport,
    Verdict,
    registered_against_reported,
    sentence,
)


def compared(before: TrialRecord, *measures: Measure) -> RegisteredReport:
    named = {f"key-{n}": it for n, it in enumerate(measures)}
    return registered_against_reported([(EARLY, before)], posted_record("whatever"), named)


WOUND = outcome("To compare wound closure", "12 weeks")

# what was registered as primary, what was reported, the verdict, words of the sentence
CASES = [
    (WOUND, measure("Wound Closure", time_frame="Baseline, Week 12"), "reported", 'Reported as "Wound Closure".'),
    ("Wound closure", measure("wound closure."), "reported", "under the same title"),
    (WOUND, measure("Wound Closure", time_frame="24 weeks"), "retimed", '"12 weeks" became "24 weeks"'),
    (WOUND, measure("Wound Closure", time_frame="end of study"), "reported", "Reported"),
    (WOUND, measure("Wound Closure", "secondary"), "moved", "Registered as primary, reported as secondary"),
    (WOUND, measure("Wound Closure", "post hoc"), "moved", "reported as other"),
    (WOUND, measure("Wound Infection With Fever and Chills"), "perhaps", "Perhaps reworded"),
    (WOUND, measure("Grip strength"), "not_reported", 'The nearest is "Grip strength".'),
    (WOUND, measure("Wound Closure", status="NOT_POSTED", expected="2026-03"), "not_yet", "expected 2026-03"),
    (WOUND, measure("Wound Closure", status="NOT_POSTED", analyzed=()), "not_yet", "no date is given"),
    (WOUND, measure("Wound Closure", analyzed=("0", "0")), "no_data", "No participant was analyzed."),
    (WOUND, measure("Wound Closure", analyzed=("0", "3"), time_frame="12 weeks"), "reported", "Reported"),
    (WOUND, measure("Wound Closure", analyzed=(), time_frame="12 weeks"), "reported", "Reported"),
    (WOUND, measure("Wound Closure", "secondary", status="NOT_POSTED"), "moved", "not posted yet"),
]


@pytest.mark.parametrize(("registered", "reported", "verdict", "words"), CASES, ids=[f"{c[2]} {c[3]}" for c in CASES])
def test_each_verdict(registered: str | OutcomeMeasure, reported: Measure, verdict: str, words: str) -> None:
    row = compared(record(registered), reported).outcomes[0]
    assert (row.verdict, row.registered_as, row.as_of) == (verdict, "primary", "2019-03-01")
    assert words in row.why
    found = verdict != "not_reported"
    assert (row.measure, row.measure_title) == (("key-0", reported.title) if found else (None, None))
    assert (row.score is not None) == found


def test_secondary_and_other_outcomes_are_compared_too() -> None:
    before = record(secondary=("Grip strength",), other=("Hair colour",))
    rows = compared(before, measure("Grip Strength", "secondary"), measure("Colour of hair", "other")).outcomes
    assert [(it.registered_as, it.verdict, it.measure) for it in rows] == [
        ("secondary", "reported", "key-0"),
        ("other", "reported", "key-1"),
    ]


def test_an_abbreviation_that_the_record_defines_is_understood() -> None:
    before = record("Change in MGPI")
    rows = compared(before, measure("Mean Garden Path Index (MGPI)")).outcomes
    assert [it.verdict for it in rows] == ["reported"]


def test_one_outcome_split_by_visit_is_reported_once_and_its_rest_is_part_of_it() -> None:
    before = record("Wound closure score")
    rows = compared(before, measure("Wound Closure Score at Week 4"), measure("Wound Closure Score at Week 8")).outcomes
    assert [(it.outcome, it.verdict, it.measure) for it in rows] == [
        ("Wound closure score", "reported", "key-0"),
        ("Wound closure score", "part_of", "key-1"),
    ]
    assert "split by visit" in rows[1].why


def test_a_measure_like_no_outcome_was_never_registered() -> None:
    rows = compared(record("Wound closure"), measure("Wound closure"), measure("Grip strength", "post hoc")).outcomes
    row = rows[1]
    assert (row.outcome, row.registered_as, row.verdict, row.measure) == (None, None, "never_registered", "key-1")
    assert "post hoc" in row.why


def test_a_missing_outcome_names_the_measure_that_another_outcome_has() -> None:
    rows = compared(record("Wound closure", "Closure of the wound"), measure("Wound closure")).outcomes
    assert sorted(it.verdict for it in rows) == ["not_reported", "reported"]
    assert 'is the measure of another outcome: "Wound closure"' in next(it.why for it in rows if not it.measure)


@pytest.mark.parametrize(
    "past",
    [
        [],
        [(EARLY, posted_record("Wound closure"))],
        [(EARLY, record("[See Results Section.]"))],
        [(EARLY, record())],
    ],
    ids=["no version", "only with results", "placeholder", "no outcomes"],
)
def test_what_was_registered_is_unknown_and_never_all_reported(past: list[tuple[dt.date, TrialRecord]]) -> None:
    measures = {"key": measure("Wound closure")}
    report = registered_against_reported(past, posted_record("Wound closure"), measures)
    assert [(it.outcome, it.verdict, it.as_of, it.measure) for it in report.outcomes] == [
        ("Wound closure", "unknown", None, None)
    ]
    assert not report.known and report.anchor is None
    assert "not known: no version from before the posting" in report.outcomes[0].why
    assert sentence(report) == "what was registered is not known"


def test_the_first_version_that_differs_is_the_one_that_is_shown() -> None:
    same, other = record("Wound closure"), record("Grip strength")
    now, measures = posted_record("Wound closure", completed="2020-06"), {"key": measure("Wound closure")}
    report = registered_against_reported([(EARLY, same), (MIDDLE, other), (LATE, same)], now, measures)
    assert (report.as_of, report.anchor) == ("2020-05-01", Anchor.COMPLETION)
    assert sentence(report) == "1 of 1 registered primary outcome is not reported (as registered on 2020-05-01)"
    report = registered_against_reported([(EARLY, same), (LATE, other)], now, measures)
    assert (report.as_of, report.anchor) == ("2021-07-01", Anchor.POSTING)


def test_if_no_version_differs_the_first_is_shown() -> None:
    past = [(LATE, record("Wound closure")), (EARLY, record("Closure of wounds"))]
    report = registered_against_reported(past, posted_record("Wound closure"), {"key": measure("Wound closure")})
    assert (report.as_of, report.anchor) == ("2019-03-01", Anchor.FIRST)
    assert [it.outcome for it in report.outcomes] == ["Closure of wounds"] and sentence(report) == ""


def test_the_clause_counts_only_primary_outcomes_that_are_not_reported() -> None:
    before = record(WOUND, "Grip strength", "Hair colour", secondary=("Number of teeth",))
    reported = [measure("Wound closure"), measure("Wound closure of the foot")]
    found = sentence(compared(before, *reported))
    assert found == "2 of 3 registered primary outcomes are not reported (as registered on 2019-03-01)"
    assert len(found) <= 90
    not_yet = measure("Grip strength", status="NOT_POSTED"), measure("Colour of the hair", "secondary")
    assert sentence(compared(before, *reported, *not_yet)) == ""


def test_without_any_measure_nothing_is_reported() -> None:
    report = compared(record("Wound closure"))
    assert [(it.verdict, it.why) for it in report.outcomes] == [("not_reported", "No reported measure resembles it.")]


def test_too_many_outcomes_to_compare_are_unknown_and_not_missing() -> None:
    outcomes = tuple(f"Common score a{n}" for n in range(400))
    measures = [measure(f"Other thing b{n}", "secondary") for n in range(400)]
    report = compared(record(secondary=outcomes), *measures)
    assert {it.verdict for it in report.outcomes} == {Verdict.UNKNOWN}
    assert "too many outcomes" in report.outcomes[0].why


def test_a_long_title_is_cut_in_the_sentence() -> None:
    rows = compared(record("Wound closure"), measure("Grip " + "strong " * 60)).outcomes
    assert len(rows[0].why) < 200 and '…"' in rows[0].why


TITLES = st.lists(
    st.tuples(
        st.sampled_from(["Wound closure", "Wound closure of the foot", "Grip", "Pain score", "Pain at rest", "Fever"]),
        st.sampled_from(["primary", "secondary", "other"]),
        st.sampled_from([None, "12 weeks", "Week 24"]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda it: it[:2],
)


def told(
    registered: list[tuple[str, str, str | None]], reported: list[tuple[str, str, str | None]]
) -> RegisteredReport:
    primary, secondary, other = (
        {title: outcome(title, frame) for title, own, frame in registered if own == role}
        for role in ("primary", "secondary", "other")
    )
    before = msgspec.structs.replace(record(), outcomes=Outcomes(primary, secondary, other))
    measures = {f"{role} {title}": measure(title, role, frame) for title, role, frame in reported}
    return registered_against_reported([(EARLY, before)], posted_record("x"), measures)


@given(TITLES, TITLES)
def test_each_measure_is_told_once_and_the_order_does_not_count(
    registered: list[tuple[str, str, str | None]], reported: list[tuple[str, str, str | None]]
) -> None:
    forwards, backwards = told(registered, reported), told(registered[::-1], reported[::-1])
    assert sorted(forwards.outcomes, key=repr) == sorted(backwards.outcomes, key=repr)
    keys = [it.measure for it in forwards.outcomes if it.measure]
    assert sorted(keys) == sorted({f"{role} {title}" for title, role, _ in reported})
    own = [it for it in forwards.outcomes if it.outcome and it.verdict is not Verdict.PART_OF]
    assert len(own) == len(registered)
