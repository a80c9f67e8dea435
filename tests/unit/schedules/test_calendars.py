"""When a registry publishes: on its own working days and by its own clock, daylight saving time included."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.calendars import Calendar

CTGOV = Calendar("America/New_York", time(9, 0))
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(lambda it: it.replace(tzinfo=UTC))  # noqa: DTZ001


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "out"),
    [
        ("2026-08-14T13:59:59", "2026-08-14T14:00:00"),
        ("2026-08-14T14:00:00", "2026-08-17T14:00:00"),  # Friday's is out; the next is Monday's
        ("2026-08-15T12:00:00", "2026-08-17T14:00:00"),
        ("2026-03-06T20:00:00", "2026-03-09T14:00:00"),  # summer time began on Sunday 8 March: an hour earlier here
        ("2026-03-05T20:00:00", "2026-03-06T15:00:00"),
        ("2026-10-30T20:00:00", "2026-11-02T15:00:00"),  # it ended on Sunday 1 November: an hour later again
        ("2026-10-29T20:00:00", "2026-10-30T14:00:00"),
        ("2026-12-31T20:00:00", "2027-01-01T15:00:00"),  # holidays are not known: a look costs one request
    ],
)
def test_the_next_data_set(after: str, out: str) -> None:
    assert CTGOV.next_publication(utc(after)) == utc(out)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-08-14T13:59:59", "2026-08-13"),
        ("2026-08-14T14:00:00", "2026-08-14"),
        ("2026-08-16T23:00:00", "2026-08-14"),
        ("2026-08-17T02:00:00", "2026-08-14"),  # still Sunday in Washington
        ("2026-11-02T14:30:00", "2026-10-30"),  # winter: out at 15:00
    ],
)
def test_the_day_of_the_data_set_that_should_be_out(now: str, day: str) -> None:
    assert CTGOV.last_day(utc(now)) == date.fromisoformat(day)


@given(INSTANTS)
def test_a_publication_is_ahead_soon_on_a_working_day_and_at_the_registrys_own_hour(now: datetime) -> None:
    out = CTGOV.next_publication(now)
    there = out.astimezone(ZoneInfo(CTGOV.zone))
    assert now < out <= now + timedelta(days=3, hours=1)
    assert there.weekday() < 5 and there.time() == time(10)
    assert CTGOV.last_day(out) == there.date() > CTGOV.last_day(now)
    assert CTGOV.last_day(out - timedelta(microseconds=1)) == CTGOV.last_day(now)


@pytest.mark.parametrize("day", ["2027-03-28", "2026-10-25"])
def test_an_hour_that_is_missing_or_comes_twice_is_one_publication(day: str) -> None:
    """Berlin, 02:30: not there on one day, there twice on the other."""
    odd = Calendar("Europe/Berlin", time(2, 30), weekdays=(6,), settled=timedelta())
    first = odd.next_publication(utc(f"{day}T00:00:00") - timedelta(hours=6))
    assert first.astimezone(ZoneInfo("Europe/Berlin")).date() == date.fromisoformat(day)
    assert odd.next_publication(first) - first >= timedelta(days=6, hours=22)


def test_a_calendar_that_never_publishes_says_so() -> None:
    never = Calendar("UTC", time(9), weekdays=())
    with pytest.raises(ValueError, match="never publishes"):
        never.next_publication(utc("2026-08-14T00:00:00"))
    with pytest.raises(ValueError, match="never publishes"):
        never.last_day(utc("2026-08-14T00:00:00"))
