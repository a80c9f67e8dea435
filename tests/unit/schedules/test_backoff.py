"""How long what fails is left alone."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from schedules.backoff import OPEN_AFTER, pause_after, rest_after

MANY = st.integers(1, 10**6)


def test_a_few_failures_are_the_weather_and_then_the_pauses_grow() -> None:
    minutes = [pause and pause / timedelta(minutes=1) for pause in map(pause_after, range(OPEN_AFTER + 4))]
    assert minutes == [None] * OPEN_AFTER + [5, 10, 15, 15]


@given(MANY)
def test_a_host_is_left_alone_five_minutes_at_least_and_asked_often_enough(failures: int) -> None:
    pause = pause_after(OPEN_AFTER + failures)
    assert pause is not None and timedelta(minutes=5) <= pause <= timedelta(minutes=15)


@given(MANY)
def test_a_job_rests_longer_each_time_and_never_longer_than_half_an_hour(failures: int) -> None:
    assert timedelta(minutes=1) <= rest_after(failures) <= rest_after(failures + 1) <= timedelta(minutes=30)


def test_a_job_that_failed_once_is_tried_again_a_minute_later() -> None:
    assert [rest_after(failures) / timedelta(minutes=1) for failures in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]
