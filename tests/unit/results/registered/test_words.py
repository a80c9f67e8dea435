"""Words of titles: what a rewording leaves the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.results.registered.title_words import abbreviations, weight, words_of


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Number of patients with fever", "Percentage of Participants With Fever"),
        ("To evaluate the effect on wound healing", "Wound Healing"),
        ("Tumour size", "Tumor Sizes"),
        ("Haemoglobin", "Hemoglobin"),
        ("Serious side effects", "Severe adverse effects"),
        ("PFS", "Progression-Free Survival"),
        ("Objective Response Rate", "ORR"),
    ],
)
def test_a_rewording_keeps_the_words(before: str, after: str) -> None:
    assert words_of(before, {}) == words_of(after, {}) != frozenset()


@pytest.mark.parametrize(
    ("before", "after"), [("Relapse", "Abstinence"), ("Heart rate", "Heart failure"), ("IgE", "IgG")]
)
def test_other_things_have_other_words(before: str, after: str) -> None:
    assert words_of(before, {}) != words_of(after, {})


def test_a_title_of_empty_words_keeps_them() -> None:
    assert words_of("Efficacy of the study", {}) == words_of("efficacy study of the", {}) != frozenset()
    assert words_of("", {}) == frozenset()


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("Mean Garden Path Index (MGPI) at Week 4", "mgpi", "mean garden path index"),
        ("MGPI (mean garden path index)", "mgpi", "mean garden path index"),
        ("Score on the Quiet Night Scale-Sleep [QNS-Sleep]", "qns-sleep", "quiet night scale sleep"),
        ("Estimated Leaf Area (eLA)", "ela", "estimated leaf area"),
    ],
)
def test_an_abbreviation_that_the_record_defines(text: str, short: str, long: str) -> None:
    assert abbreviations([text]) == {short: words_of(long, {})}


@pytest.mark.parametrize(
    "text", ["Pain (VAS)", "Area under curve (day 3)", "Weight (kg)", "(ABC)", "Zebra count (XYQ)"]
)
def test_what_stands_in_brackets_without_a_match_is_no_abbreviation(text: str) -> None:
    assert abbreviations([text]) == {}


def test_an_abbreviation_stands_for_its_words() -> None:
    defined = abbreviations(["Mean Garden Path Index (MGPI)"])
    assert words_of("Change in MGPI", defined) == words_of("Change in mean garden path index", {})


def test_a_word_that_many_outcomes_have_counts_less() -> None:
    assert weight(words_of("change in number", {})) < weight(words_of("glucose", {})) == 1


def test_an_abbreviation_that_is_defined_twice_does_not_depend_on_the_order() -> None:
    texts = ["Mean Garden Path Index (MGPI)", "Median Great Pond Inflow (MGPI)"]
    assert abbreviations(texts) == abbreviations(texts[::-1]) == {"mgpi": words_of("mean garden path index", {})}


@given(st.lists(st.text(max_size=40), max_size=6))
def test_the_order_of_texts_does_not_count(texts: list[str]) -> None:
    assert abbreviations(texts) == abbreviations([*reversed(texts)])


@given(st.text(), st.text(alphabet="ABCab ()[]-", max_size=80))
def test_any_text_has_words(text: str, brackets: str) -> None:
    defined = abbreviations([text, brackets])
    assert words_of(text, defined) == words_of(f"  {text}\n", defined)
