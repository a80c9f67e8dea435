"""Dates and times as people type them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tracker.errors import UsageError
from tracker.services.changes.moments import Moment
from tracker.services.moments import moment_of, period_of, since_of

NOW = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
"""A Tuesday."""


def at(text: str) -> Moment:
    return Moment(instant=datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("2026-01-31", Moment("2026-01-31")),
        ("20260131", Moment("2026-01-31")),
        (" Today ", Moment("2026-03-31")),
        ("yesterday", Moment("2026-03-30")),
        ("now", Moment(instant=NOW)),
        ("monday", Moment("2026-03-30")),
        ("Tue", Moment("2026-03-24")),
        ("last wednesday", Moment("2026-03-25")),
        ("7d", at("2026-03-24T09:30")),
        ("36h", at("2026-03-29T21:30")),
        ("2 weeks", at("2026-03-17T09:30")),
        ("2 weeks ago", at("2026-03-17T09:30")),
        ("1month", at("2026-02-28T09:30")),
        ("13 Months", at("2025-02-28T09:30")),
        ("3mo", at("2025-12-31T09:30")),
        ("1y", at("2025-03-31T09:30")),
        ("2 years", at("2024-03-31T09:30")),
        ("2026-01-31T09:00Z", at("2026-01-31T09:00")),
        ("2026-01-31 09:00", at("2026-01-31T09:00")),
        ("2026-01-31T09:00+02:00", at("2026-01-31T07:00")),
        ("2026-01-31t09:00:05.25z", at("2026-01-31T09:00:05.250000")),
    ],
)
def test_a_date_or_a_time_ago_is_read(typed: str, found: Moment) -> None:
    assert moment_of(typed, NOW) == found
    assert moment_of(typed, NOW, end=True) == found


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("2026-01", "2026-01-01", "2026-01-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025", "2025-01-01", "2025-12-31"),
    ],
)
def test_a_month_or_a_year_is_its_first_or_its_last_day(typed: str, first: str, last: str) -> None:
    assert (moment_of(typed, NOW).day, moment_of(typed, NOW, end=True).day) == (first, last)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("31.01.2026", "2026-01-31"),
        ("01/31/2026", "2026-01-31"),
        ("01/02/2026", "2026-02-01 or 2026-01-02"),
        ("3.3.2026", "2026-03-03"),
        ("2026-1-5", "2026-01-05"),
        ("2026/01/31", "2026-01-31"),
        ("3m", "3months"),
        ("last week", "1week"),
        ("this year", "1year"),
    ],
)
def test_a_date_that_is_not_clear_is_refused_with_what_to_write(typed: str, meant: str) -> None:
    with pytest.raises(UsageError) as raised:
        moment_of(typed, NOW)
    assert raised.value.message == f"{typed!r} is not clear; write {meant}"


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            " ",
            "soon",
            "tomorrow",
            "2026-02-30",
            "2026-13",
            "0000",
            "31/01/26",
            "32.13.2026",
            "7",
            "7q",
            "-7d",
            "d",
        ),
        *("99999y", "2026-01-31T25:00", "2026-01-31T09:00+99:00", "0001-01-01T00:00+14:00", "2026-W05"),
        *("\u0661\u0662d", "m" * 5000),
    ],
)
def test_what_is_no_date_is_refused_with_the_forms_to_type(typed: str) -> None:
    with pytest.raises(UsageError) as raised:
        moment_of(typed, NOW)
    assert "is not a date (2026-01-31), a month (2026-01)" in raised.value.message
    assert len(raised.value.message) < 250


def test_since_is_not_in_the_future() -> None:
    assert since_of("2026-03-31T09:30Z", NOW).instant == NOW
    assert since_of("2026-03-31", NOW).day == "2026-03-31"
    for typed in ("2026-03-31T09:31Z", "2026-04-02", "2027"):
        with pytest.raises(UsageError) as raised:
            since_of(typed, NOW, "--posted-since")
        assert raised.value.message == (
            f"--posted-since {typed} is in the future: it is 2026-03-31 09:30 UTC now; give an earlier date"
        )


def test_a_day_that_has_begun_somewhere_is_not_in_the_future() -> None:
    evening = NOW.replace(hour=20)
    assert since_of("2026-04-01", evening).day == "2026-04-01"
    with pytest.raises(UsageError):
        since_of("2026-04-01", NOW)


def test_a_period_does_not_end_before_it_begins() -> None:
    assert period_of("2026-01", "2026-01", NOW) == (Moment("2026-01-01"), Moment("2026-01-31"))
    assert period_of("2026-03-24", "7d", NOW)[0] == Moment("2026-03-24")
    assert period_of(None, "2030-01-01", NOW) == (Moment(), Moment("2030-01-01"))
    for since, until in (("2026-02-01", "2026-01-31"), ("2d", "3d"), ("today", "yesterday")):
        with pytest.raises(UsageError) as raised:
            period_of(since, until, NOW)
        assert raised.value.message == f"--until {until} is before --since {since}; give the earlier one as --since"


@pytest.mark.parametrize(
    ("typed", "microsecond"),
    [
        ("2026-03-24T09:00:07Z", 999_999),
        ("2026-03-24T09:00", 999_999),
        ("2026-03-24T09:00:07.4Z", 400_000),
    ],
)
def test_a_period_ends_with_the_second_that_was_typed(typed: str, microsecond: int) -> None:
    """A change is printed with a whole second, and stored with its microseconds."""
    begin, end = period_of(typed, typed, NOW)
    assert begin.instant is not None and end.instant is not None
    assert end.instant == begin.instant.replace(microsecond=microsecond)
