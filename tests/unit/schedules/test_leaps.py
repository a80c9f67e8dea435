"""A clock that is set, as it looks to who asks it now and then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.leaps import LEAP, SET_BACK, UNSETTLED_SECONDS, ClockWatch, Every

START = datetime(2026, 8, 14, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.fault("R-D1")


@given(st.lists(st.floats(0, 3600), min_size=1))
def test_a_clock_that_goes_on_was_never_set_back(steps: list[float]) -> None:
    watch, now = ClockWatch(), START
    for step in steps:
        now += timedelta(seconds=step)
        assert watch.see(now, 0.0) == timedelta(0)


@given(st.lists(st.floats(0.1, 59), min_size=1, max_size=50))
def test_small_steps_back_are_one_large_one(steps: list[float]) -> None:
    watch, now = ClockWatch(), START
    watch.see(now, 0.0)
    behind = timedelta(0)
    for step in steps:
        now -= timedelta(seconds=step)
        behind = watch.see(now, 0.0)
    assert behind == (START - now if START - now > SET_BACK else timedelta(0))


def test_a_set_back_stands_until_it_is_accepted() -> None:
    watch = ClockWatch()
    watch.see(START, 0.0)
    back = START - timedelta(hours=1)
    assert watch.see(back, 1.0) == watch.see(back, 2.0) == timedelta(hours=1)
    watch.accept(back)
    assert watch.see(back + SECOND, 3.0) == timedelta(0)


@pytest.mark.parametrize("years", [1, 10, 36])
def test_a_leap_ahead_is_doubted_for_a_day(years: int) -> None:
    watch, ahead = ClockWatch(), START + timedelta(days=366 * years)
    for now in (START, ahead):
        watch.see(now, 0.0)
    assert watch.is_unsettled(ahead, 10.0)
    assert not watch.is_unsettled(ahead, UNSETTLED_SECONDS)


def test_a_leap_that_is_taken_back_is_over_at_once() -> None:
    watch = ClockWatch()
    for now in (START, START + 2 * LEAP, START + SECOND):
        watch.see(now, 0.0)
    assert not watch.is_unsettled(START + SECOND, 1.0)


def test_a_laptop_that_slept_for_a_month_is_not_doubted() -> None:
    watch, now = ClockWatch(), START + timedelta(days=31)
    watch.see(START, 0.0)
    watch.see(now, 1.0)
    assert not watch.is_unsettled(now, 1.0)


@pytest.mark.parametrize(
    ("clock", "stopwatch", "due"),
    [(0, 0.0, False), (3599, 0.0, False), (3600, 0.0, True), (-3600, 1.0, True), (0, 3600.0, True), (10**9, 0.0, True)],
)
def test_what_is_done_hourly_obeys_clock_and_stopwatch(clock: int, stopwatch: float, due: bool) -> None:
    hourly = Every(3600.0)
    assert hourly.is_due(START, 0.0)
    hourly.done(START, 0.0)
    assert hourly.is_due(START + clock * SECOND, stopwatch) is due


def test_what_failed_is_due_again_sooner() -> None:
    hourly = Every(3600.0)
    hourly.done(START, 0.0, again_after=300.0)
    assert not hourly.is_due(START, 299.0) and hourly.is_due(START, 300.0)
