"""Time axes, scales of numbers, and words that fit."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.web.plots.parts.drawing import text_width
from tracker.web.plots.parts.scale import linear_scale, number_words, ratio_scale, ratio_words
from tracker.web.plots.parts.time_axis import day_range, narrow_axis, wide_axis
from tracker.web.plots.parts.words import day_words, fitted, in_two, listing, signed_days, span_words

any_days = st.lists(st.dates(), min_size=1, max_size=20)


@given(any_days)
def test_an_axis_holds_all_its_days_in_order_and_names_some(days: list[dt.date]) -> None:
    found = day_range(days)
    assert found is not None and found.first <= min(days) and max(days) <= found.last
    for axis in (wide_axis(found), narrow_axis(found)):
        places = [axis.at(day) for day in sorted(days)]
        assert places == sorted(places) and axis.left <= places[0] <= places[-1] <= axis.right
        ticks = axis.ticks()
        assert ticks
        assert all(after.x - before.x >= text_width(before.words) for before, after in pairwise(ticks))


def test_years_are_named_over_years_and_months_over_months() -> None:
    years = day_range([dt.date(2022, 4, 27), dt.date(2027, 3, 8)])
    months = day_range([dt.date(2026, 12, 1), dt.date(2027, 3, 8)])
    assert years is not None and months is not None
    assert [tick.words for tick in wide_axis(years).ticks()] == ["2022", "2023", "2024", "2025", "2026", "2027"]
    assert [tick.words for tick in wide_axis(months).ticks()] == ["Dec 2026", "Jan 2027", "Feb 2027", "Mar 2027"]
    assert day_range([]) is None


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.integers(3, 6))
def test_a_scale_holds_both_ends_with_few_round_numbers(one: float, two: float, most: int) -> None:
    low, high = sorted((one, two))
    scale = linear_scale(low, high, most)
    assert scale.holds(low) or low == pytest.approx(scale.low)
    assert 0 <= scale.share(low) <= scale.share(high) <= 1
    assert 2 <= len(scale.ticks) <= most + 1


EXTREME = (0.0, 5e-324, 1e-310, 1e-300, 1e-18, 1.0, 1.0 + 2e-16, 1e18, 1e300, 1e308)


@pytest.mark.parametrize("one", [*EXTREME, *(-it for it in EXTREME)])
def test_a_scale_of_the_smallest_and_largest_numbers_is_one(one: float) -> None:
    for two in EXTREME:
        low, high = sorted((one, two))
        scale = linear_scale(low, high)
        assert 0 <= scale.share(low) <= scale.share(high) <= 1 and 2 <= len(scale.ticks) <= 6
        assert all(number_words(it, scale.ticks) for it in scale.ticks)
        if low > 0:
            ratios = ratio_scale(low, high)
            assert 0 <= ratios.share(low) <= ratios.share(high) <= 1 and 3 <= len(ratios.ticks) <= 7


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_a_scale_of_ratios_has_1_between_others(one: float, two: float) -> None:
    scale = ratio_scale(min(one, two), max(one, two))
    assert scale.low < 1.0 < scale.high and 1.0 in scale.ticks
    assert 0 <= scale.share(min(one, two)) <= scale.share(max(one, two)) <= 1


def test_numbers_of_an_axis_are_told_apart() -> None:
    assert [number_words(it, (0.0, 0.25, 0.5)) for it in (0.0, 0.25, 0.5)] == ["0", "0.25", "0.50"]
    assert [number_words(it, (0.0, 2.5, 5.0)) for it in (2.5, 5.0, -2.5)] == ["2.5", "5.0", "−2.5"]
    assert number_words(2000.0, (0.0, 1000.0, 2000.0)) == "2,000"
    assert [ratio_words(it) for it in (0.0625, 1.0, 1024.0)] == ["0.0625", "1", "1,024"]


@pytest.mark.parametrize(
    ("day", "short", "whole"),
    [
        ("2026-01-14", "14 Jan 2026", "14 January 2026"),
        ("2026-01", "Jan 2026", "January 2026"),
        ("2026", "2026", "2026"),
        (dt.date(2026, 12, 1), "1 Dec 2026", "1 December 2026"),
        ("soon", "soon", "soon"),
        (None, "day not known", "day not known"),
        ("", "day not known", "day not known"),
    ],
)
def test_days_in_words(day: dt.date | str | None, short: str, whole: str) -> None:
    assert (day_words(day), day_words(day, whole=True)) == (short, whole)


def test_stretches_in_words() -> None:
    assert [span_words(days) for days in (1, 92, 120, 365, 700, 913, 1121, 5000)] == [
        *("1 day", "92 days", "4 months", "a year", "23 months", "2.5 years", "three years", "13.7 years"),
    ]
    assert [signed_days(days) for days in (184, -1)] == ["+184 days", "−1 day"]
    assert listing(["a", "b", "c", "d", "e"], 4) == "a; b; 1 more; d; e"


@given(st.text(max_size=80), st.floats(0, 300), st.booleans())
def test_a_fitted_text_fits(text: str, room: float, bold: bool) -> None:
    assert text_width(fitted(text, room, bold=bold), bold=bold) <= room
    assert all(text_width(line, bold=bold) <= room for line in in_two(text, room, bold=bold))
