"""Digests come once a day, quiet hours hold and then release: over midnight, and over changes of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.windows import DAYS, Digest, Quiet, open_at, parse_digest, parse_quiet, window_end

BERLIN = "Europe/Berlin"
ZONES = st.sampled_from([BERLIN, "UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Chatham", "Australia/Lord_Howe"])
INSTANTS = st.integers(0, 6 * 365 * 86400).map(lambda it: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=it))
TIMES = st.times().map(lambda it: it.replace(second=0, microsecond=0))
DIGESTS = st.builds(Digest, TIMES, st.none() | st.integers(0, 6))
QUIETS = st.builds(Quiet, TIMES, TIMES).filter(lambda it: it.start != it.end)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ends(digest: Digest, zone: str, since: str, until: str) -> list[datetime]:
    found, at = [], utc(since)
    while (at := window_end(digest, zone, at)) < utc(until):
        found.append(at)
    return found


def test_a_daily_digest_ends_at_its_local_time() -> None:
    digest = parse_digest("daily@08:00")
    assert window_end(digest, BERLIN, utc("2026-07-01T05:59:59")) == utc("2026-07-01T06:00:00")
    assert window_end(digest, BERLIN, utc("2026-07-01T06:00:00")) == utc("2026-07-02T06:00:00")
    assert window_end(digest, BERLIN, utc("2026-12-01T06:59:00")) == utc("2026-12-01T07:00:00")


def test_a_weekly_digest_ends_on_its_day() -> None:
    digest = parse_digest("weekly@mon08:00")
    assert ends(digest, BERLIN, "2026-11-24T00:00", "2026-12-09T00:00") == [
        utc("2026-11-30T07:00"),
        utc("2026-12-07T07:00"),
    ]


@pytest.mark.fault("F24")
def test_a_time_the_clocks_skip_is_the_moment_they_jump_once() -> None:
    found = ends(parse_digest("daily@02:30"), BERLIN, "2027-03-27T00:00", "2027-03-30T00:00")
    assert found == [utc("2027-03-27T01:30"), utc("2027-03-28T01:00"), utc("2027-03-29T00:30")]


@pytest.mark.fault("F24")
def test_a_time_the_clocks_repeat_comes_once() -> None:
    found = ends(parse_digest("daily@02:30"), BERLIN, "2026-10-24T00:00", "2026-10-27T00:00")
    assert found == [utc("2026-10-24T00:30"), utc("2026-10-25T00:30"), utc("2026-10-26T01:30")]


@pytest.mark.parametrize(
    ("instant", "released"),
    [
        ("2026-07-01T19:59:00", "2026-07-01T19:59:00"),
        ("2026-07-01T20:00:00", "2026-07-02T05:00:00"),
        ("2026-07-02T04:59:59", "2026-07-02T05:00:00"),
        ("2026-07-02T05:00:00", "2026-07-02T05:00:00"),
        ("2027-03-27T23:30:00", "2027-03-28T05:00:00"),
        ("2026-10-24T23:30:00", "2026-10-25T06:00:00"),
    ],
)
def test_peer_22_quiet_hours_hold_over_midnight_and_changes_of_clocks_and_then_release(
    instant: str, released: str
) -> None:
    assert open_at(parse_quiet("22:00-07:00"), BERLIN, utc(instant)) == utc(released)


def test_quiet_hours_within_a_day() -> None:
    lunch = parse_quiet("12:00-13:30")
    assert open_at(lunch, "UTC", utc("2026-07-01T12:10")) == utc("2026-07-01T13:30")
    assert open_at(lunch, "UTC", utc("2026-07-01T13:30")) == utc("2026-07-01T13:30")
    assert open_at(lunch, "UTC", utc("2026-07-01T02:00")) == utc("2026-07-01T02:00")


@pytest.mark.parametrize(
    "text", ["", "daily", "daily@8:00", "daily@24:00", "weekly@08:00", "weekly@foo08:00", "hourly@1"]
)
def test_a_digest_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        parse_digest(text)


@pytest.mark.parametrize("text", ["", "22-07", "22:00-22:00", "25:00-07:00", "22:00 - 07:00"])
def test_quiet_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        parse_quiet(text)


@given(DIGESTS, ZONES, INSTANTS)
def test_windows_follow_each_other_one_for_each_local_day(digest: Digest, zone: str, now: datetime) -> None:
    first = window_end(digest, zone, now)
    assert first > now
    second = window_end(digest, zone, first)
    days = 1 if digest.weekday is None else 7
    # A second is far less than any change of clocks, and local dates tell the windows apart.
    dates = [end.astimezone(ZoneInfo(zone)).date() for end in (first, second)]
    assert dates[1] - dates[0] == timedelta(days=days)
    assert window_end(digest, zone, first - timedelta(seconds=1)) == first


@given(QUIETS, ZONES, INSTANTS)
def test_what_is_released_is_released_and_never_early(quiet: Quiet, zone: str, instant: datetime) -> None:
    released = open_at(quiet, zone, instant)
    assert instant <= released <= instant + timedelta(hours=26)
    assert open_at(quiet, zone, released) == released


def test_days_are_named_from_monday() -> None:
    assert [parse_digest(f"weekly@{day}08:00").weekday for day in DAYS] == list(range(7))
