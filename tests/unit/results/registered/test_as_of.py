"""Which earlier versions are held against the results."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.results.registered.made import EARLY, LATE, MIDDLE, posted_record, record
from tracker.results.registered.as_of import Anchor, candidates

DAYS = st.integers(0, 2000).map(lambda n: EARLY + dt.timedelta(n))


def test_the_three_anchors_in_order() -> None:
    past = [(EARLY, record("A")), (MIDDLE, record("B")), (LATE, record("C"))]
    found = candidates(past, posted_record("C", completed="2020-12"))
    assert [(it.anchor, it.day) for it in found] == [
        (Anchor.FIRST, EARLY),
        (Anchor.COMPLETION, MIDDLE),
        (Anchor.POSTING, LATE),
    ]


@pytest.mark.parametrize(
    ("completed", "days"), [("2018-01-01", [EARLY, LATE]), (None, [EARLY, LATE]), ("soon", [EARLY, LATE])]
)
def test_without_a_version_before_completion_two_are_left(completed: str | None, days: list[dt.date]) -> None:
    past = [(EARLY, record("A")), (LATE, record("C"))]
    assert [it.day for it in candidates(past, posted_record("C", completed=completed))] == days


def test_a_version_of_the_day_of_completion_is_before_it() -> None:
    past = [(EARLY, record("A")), (MIDDLE, record("B")), (LATE, record("C"))]
    found = candidates(past, posted_record("C", completed=MIDDLE.isoformat()))
    assert found[1].day == MIDDLE


def test_one_version_is_tried_once() -> None:
    found = candidates([(EARLY, record("A"))], posted_record("A", completed="2020-12"))
    assert [it.anchor for it in found] == [Anchor.FIRST]


def test_versions_that_say_nothing_of_what_was_registered_are_left_out() -> None:
    past = [
        (EARLY, record()),
        (EARLY, record("[See Results Section.]")),
        (EARLY, record("A", secondary=("[see results  section.]",))),
        (MIDDLE, record("A")),
        (LATE, posted_record("A")),
    ]
    assert [it.day for it in candidates(past, posted_record("A"))] == [MIDDLE]
    assert candidates([*past[:3], past[4]], posted_record("A")) == []


@given(st.lists(DAYS, unique=True, max_size=6), DAYS)
def test_the_order_of_versions_does_not_count(days: list[dt.date], completed: dt.date) -> None:
    past = [(day, record(f"Outcome {day}")) for day in days]
    now = posted_record("Outcome", completed=completed.isoformat())
    found = candidates(past, now)
    assert candidates(past[::-1], now) == found
    assert [it.day for it in found] == sorted({it.day for it in found})
    assert bool(found) == bool(days)
