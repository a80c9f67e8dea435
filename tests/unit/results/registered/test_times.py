"""Time frames: the numbers in them, not the words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.results.registered.times import all_kept, days_of, likeness


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("12 weeks", {84}),
        ("Baseline, Week 12", {84}),
        ("weeks 6 and 12", {42, 84}),
        ("Day 0, 7, 14", {7, 14}),
        ("6 to 12 weeks", {42, 84}),
        ("one year", {365.25}),
        ("24 hours", {1}),
        ("1.5 d", {1.5}),
        ("up to cut-off: 19 April 2012", set()),
        ("course 1 (Day 28)", {28}),
        ("2 doses, 12 weeks", {84}),
        ("Week 12, dose 3", {84}),
        ("Visit 3", set()),
        ("¹ week", set()),  # a digit, and no number
        ("end of study", set()),
        ("", set()),
        (None, set()),
    ],
)
def test_the_times_in_a_text(text: str | None, days: set[float]) -> None:
    assert days_of(text) == frozenset(days)


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ("12 weeks", "Baseline, Week 12", True),
        ("12 months", "1 year", True),
        ("52 weeks", "12 months", True),
        ("12 weeks", "24 weeks", False),
        ("12 weeks", "Week 4, 8, 12", True),
        ("weeks 12 and 24", "Week 24", False),
        ("12 weeks", "end of treatment", True),
        ("", "12 weeks", True),
    ],
)
def test_whether_each_time_is_kept(before: str, after: str, kept: bool) -> None:
    assert all_kept(days_of(before), days_of(after)) is kept


def test_likeness_is_the_share_of_the_shorter_list() -> None:
    assert likeness(days_of("weeks 6, 12"), days_of("weeks 6, 24, 48")) == 0.5
    assert likeness(days_of("week 6"), days_of("week 12")) == 0
    assert likeness(days_of("week 6"), frozenset()) == 0.5


TIMES = st.frozensets(st.floats(min_value=0.01, max_value=1e4), max_size=5)


@given(TIMES, TIMES)
def test_likeness_has_bounds_and_all_times_are_in_themselves(first: frozenset[float], second: frozenset[float]) -> None:
    assert 0 <= likeness(first, second) <= 1
    assert all_kept(first, first | second)


@given(st.text())
def test_any_text_has_times_after_the_start(text: str) -> None:
    assert all(day > 0 for day in days_of(text))
