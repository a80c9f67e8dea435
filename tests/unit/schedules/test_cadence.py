"""Laws of the next look: always ahead, never more than a week, always for a reason; sooner for what is hot."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.cadence import AT_LEAST_EVERY, SEARCH_AT_LEAST_EVERY, Summary, next_check, next_search
from schedules.calendars import Calendar

CTGOV = Calendar("America/New_York", time(9, 0))
FRIDAY = datetime(2026, 8, 14, 15, tzinfo=UTC)
TODAY = FRIDAY.date()
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(lambda it: it.replace(tzinfo=UTC))  # noqa: DTZ001
DAYS = st.dates(date(2015, 1, 1), date(2045, 1, 1))
SUMMARIES = st.builds(
    Summary,
    calendar=st.sampled_from([CTGOV, None]),
    status=st.sampled_from(["RECRUITING", "COMPLETED", "UNKNOWN", "WITHDRAWN", "PAUSED", ""]),
    results=st.sampled_from([None, "none", "submitted", "returned", "cancelled", "posted"]),
    changed_on=st.none() | DAYS,
    troubled=st.booleans(),
)


@given(SUMMARIES, INSTANTS, st.none() | DAYS)
def test_a_look_is_ahead_within_a_week_and_has_a_reason(trial: Summary, now: datetime, day: date | None) -> None:
    look = next_check(trial, now, day)
    assert now < look.at <= now + AT_LEAST_EVERY
    assert look.reason and look.at.tzinfo is not None


@given(SUMMARIES, INSTANTS)
def test_pending_results_are_looked_at_with_each_data_set(trial: Summary, now: datetime) -> None:
    pending = Summary(trial.calendar, trial.status, "submitted", trial.changed_on)
    look = next_check(pending, now, now.date())
    assert look.reason == "results are submitted"
    expected = CTGOV.next_publication(now) if trial.calendar else now + timedelta(days=1)
    assert look.at == expected


@given(INSTANTS)
def test_a_late_data_set_is_looked_for_every_hour_whatever_the_trial(now: datetime) -> None:
    late = CTGOV.last_day(now) - timedelta(days=1)
    look = next_check(Summary(CTGOV, "COMPLETED", None, date(2001, 1, 1)), now, late)
    assert (look.at - now, look.reason) == (timedelta(hours=1), "the registry has not published yet")


def quiet(**known: Any) -> Summary:
    return Summary(
        **{"calendar": CTGOV, "status": "COMPLETED", "results": "posted", "changed_on": date(2020, 1, 1)} | known
    )


MONDAY = datetime(2026, 8, 17, 14, tzinfo=UTC)
WEDNESDAY = MONDAY + timedelta(days=2)


@pytest.mark.parametrize(
    ("trial", "at", "reason"),
    [
        (quiet(), WEDNESDAY, "quiet for more than a year"),
        (quiet(calendar=None), FRIDAY + timedelta(days=3), "quiet for more than a year"),
        (quiet(results="returned"), MONDAY, "results are returned"),
        (quiet(results="cancelled"), MONDAY, "results are cancelled"),
        (quiet(results="none"), MONDAY, "its results are not posted"),
        (quiet(results=None, status="UNKNOWN"), MONDAY, "its results are not posted"),
        (quiet(results="none", status="WITHDRAWN"), WEDNESDAY, "quiet for more than a year"),
        (quiet(results="none", calendar=None), FRIDAY + timedelta(days=3), "quiet for more than a year"),
        (quiet(status="RECRUITING"), MONDAY, "the trial is recruiting"),
        (quiet(status="NOT_YET_RECRUITING"), MONDAY, "the trial is not yet recruiting"),
        (quiet(changed_on=TODAY - timedelta(days=364)), MONDAY, "it changed within the last year"),
        (quiet(changed_on=TODAY - timedelta(days=365)), WEDNESDAY, "quiet for more than a year"),
        (quiet(changed_on=None), MONDAY, "it changed within the last year"),
        (quiet(troubled=True), FRIDAY + timedelta(minutes=30), "the last poll could not read it"),
    ],
)
def test_when_and_why(trial: Summary, at: datetime, reason: str) -> None:
    look = next_check(trial, FRIDAY, TODAY)
    assert (look.at, look.reason) == (at, reason)


def test_a_registry_that_did_not_answer_is_asked_again_soon() -> None:
    assert next_check(quiet(), FRIDAY, None).at == FRIDAY + timedelta(minutes=30)


# -- when to search for a set of trials


@given(st.sampled_from([CTGOV, None]), INSTANTS, st.none() | DAYS, st.booleans(), st.integers(0, 40))
def test_a_search_is_ahead_within_eleven_days(
    calendar: Calendar | None, now: datetime, day: date | None, hurry: bool, failures: int
) -> None:
    at = next_search(calendar, now, day, hurry=hurry, failures=failures)
    assert now < at <= now + SEARCH_AT_LEAST_EVERY + timedelta(days=4)


@given(INSTANTS)
def test_a_search_in_a_hurry_comes_with_each_publication_and_another_once_a_week(now: datetime) -> None:
    calendar = CTGOV
    today = calendar.last_day(now)
    assert next_search(CTGOV, now, today, hurry=True) == calendar.next_publication(now)
    weekly = next_search(CTGOV, now, today, hurry=False)
    assert weekly > now + SEARCH_AT_LEAST_EVERY - timedelta(days=1)
    assert weekly == calendar.next_publication(weekly - timedelta(seconds=1))
    late = today - timedelta(days=1)
    assert next_search(CTGOV, now, late, hurry=True) == now + timedelta(hours=1)
    assert next_search(CTGOV, now, late, hurry=False) == weekly


def test_a_failed_search_is_tried_again_ever_more_seldom() -> None:
    now = datetime(2026, 8, 14, 15, tzinfo=UTC)
    pauses = [next_search(CTGOV, now, None, hurry=True, failures=number) - now for number in range(1, 9)]
    half = timedelta(minutes=30)
    assert pauses == [half, 2 * half, 4 * half, 8 * half, 16 * half, 32 * half, timedelta(days=1), timedelta(days=1)]
