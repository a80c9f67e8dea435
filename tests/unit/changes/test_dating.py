"""The day a version took effect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.changes.effective_date import Dated, date_of, date_of_past

CASES = [
    # a first version is of the day it was posted
    ("2026-01-05", "2026-03-01", None, "", ("2026-01-05", "posted")),
    # a post date that moved on; one that did not; one that went back
    ("2026-02-05", "2026-03-01", "2026-01-05", "", ("2026-02-05", "posted")),
    ("2026-01-05", "2026-03-01", "2026-01-05", "", ("2026-03-01", "data")),
    ("2026-01-01", "2026-03-01", "2026-01-05", "", ("2026-03-01", "data")),
    ("", "2026-03-01", None, "", ("2026-03-01", "data")),
    # no day of the data: the post date is all there is
    ("2026-01-05", "", "2026-01-05", "", ("2026-01-05", "data")),
    # never before the truth it replaces
    ("2026-02-05", "2026-03-01", "2026-01-05", "2026-02-20", ("2026-02-20", "data")),
    # fault B29: a post date after the data that holds it is not believed
    ("9999-12-31", "2026-03-01", "2026-01-05", "", ("2026-03-01", "data")),
    ("0001-01-01", "2026-03-01", None, "", ("0001-01-01", "posted")),
]


@pytest.mark.parametrize(("posted", "data_day", "before", "not_before", "expected"), CASES)
def test_the_day_of_a_version(
    posted: str, data_day: str, before: str | None, not_before: str, expected: tuple[str, str]
) -> None:
    assert date_of(posted=posted, data_day=data_day, before_posted=before, not_before=not_before) == Dated(*expected)


days = st.sampled_from(["", "0001-01-01", "2026-01-05", "2026-02-05", "9999-12-31"])


@given(days, days, st.none() | days, days)
def test_time_never_runs_backwards(posted: str, data_day: str, before: str | None, not_before: str) -> None:
    dated = date_of(posted=posted, data_day=data_day, before_posted=before, not_before=not_before)
    assert dated.effective >= not_before
    assert dated.basis in ("posted", "data")


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        ("2026-01-05", ("2026-01-05", "posted")),
        ("2026-01-03", ("2026-01-03", "posted")),
        ("2026-02-01", ("2026-02-01", "posted")),
        ("2026-01-02", ("2026-01-03", "submitted")),
        ("2026-02-02", ("2026-01-03", "submitted")),
        ("", ("2026-01-03", "submitted")),
    ],
)
def test_a_post_date_of_the_past_lies_between_its_submission_and_the_day_we_hold_it(
    posted: str, expected: tuple[str, str]
) -> None:
    assert date_of_past(posted=posted, submitted="2026-01-03", held_on="2026-02-01") == Dated(*expected)
