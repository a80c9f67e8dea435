"""When the daemon asks, how often, and what it makes of a registry that is ill for long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.polling import hosts
from tests.support.daemon.beating_daemon import beating_daemon
from tests.support.harness import IDS, ONE, START, Harness, record
from tests.support.registry.embedded_registry import Reply
from tracker.polling.poll import FULL_READ_EVERY

SUNDAY = datetime(2026, 8, 16, 12, tzinfo=UTC)
MONDAY = datetime(2026, 8, 17, 14, tzinfo=UTC)
"""Ten in New York: the next data set is out."""


def settled(harness: Harness, trials: int = 6) -> Harness:
    harness.registry.studies = {f"NCT{number:08d}": record(f"NCT{number:08d}") for number in range(1, trials + 1)}
    harness.settled()
    harness.registry.requests.clear()
    return harness


def at(harness: Harness, instant: datetime) -> None:
    """The registry's data are those of that day, and so is the clock."""
    harness.clock.move_to(instant - timedelta(days=1))
    harness.day()


@pytest.mark.fault("G15")
@pytest.mark.parametrize("trials", [6, 1000])
def test_a_quiet_look_is_one_request_and_a_changed_day_one_more_for_each_200(harness: Harness, trials: int) -> None:
    alive = beating_daemon(settled(harness, trials))
    harness.clock.move_to(MONDAY)  # the data set is late
    alive.beat()
    assert harness.registry.paths() == ["/api/v2/version"]
    at(harness, MONDAY + timedelta(hours=1))
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    harness.registry.requests.clear()
    alive.beat()
    assert harness.kinds() == ["status.changed"]
    assert len(harness.registry.requests) == 1 + -(-trials // 200) <= 6
    alive.beat()
    assert len(harness.registry.requests) == 1 + -(-trials // 200)


def test_a_weekend_costs_nothing(harness: Harness) -> None:
    alive = beating_daemon(settled(harness))
    alive.until(MONDAY - timedelta(seconds=1))
    assert harness.registry.requests == []


def test_a_late_data_set_is_looked_for_once_an_hour(harness: Harness) -> None:
    alive = beating_daemon(settled(harness))
    alive.until(MONDAY + timedelta(hours=5, minutes=30))
    assert harness.registry.paths() == ["/api/v2/version"] * 6


@pytest.mark.fault("A12")
def test_a_day_of_503_costs_few_requests_is_told_once_and_loses_nothing(harness: Harness) -> None:
    alive = beating_daemon(settled(harness))
    at(harness, MONDAY)
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    harness.registry.faults = lambda _: Reply(503)
    times: list[datetime] = []
    alive.until(MONDAY + timedelta(days=1), times.append)
    asked = len(harness.registry.requests)
    assert 24 <= asked <= 320, asked
    assert harness.kinds() == ["ops.unreachable"]
    harness.registry.faults = []
    alive.until(MONDAY + timedelta(days=1, hours=2))
    assert harness.kinds() == ["status.changed"]


@pytest.mark.fault("A10")
@pytest.mark.fault("A11")
@pytest.mark.fault("A14")
@pytest.mark.parametrize(
    ("status", "value", "hours"),
    [
        (429, "3600", 1),
        (503, "Mon, 17 Aug 2026 17:00:00 GMT", 3),
        (429, "1e9", 6),
        (429, "999999999", 6),
        (503, "Mon, 17 Aug 2020 17:00:00 GMT", 0),
        (503, "-5", 0),
        (503, "soon", 0),
        (403, "", 1),
    ],
)
def test_no_request_comes_before_the_registry_wants_one(harness: Harness, status: int, value: str, hours: int) -> None:
    alive = beating_daemon(settled(harness))
    at(harness, MONDAY)
    harness.registry.faults = lambda _: Reply(status, headers={"Retry-After": value} if value else {})
    alive.beat()
    asked = len(harness.registry.requests)
    harness.registry.faults = []
    while len(harness.registry.requests) == asked:
        harness.clock.advance(timedelta(minutes=1))
        alive.beat()
    waited = harness.clock.now() - MONDAY
    assert timedelta(hours=hours) <= waited <= timedelta(hours=hours, minutes=31)
    assert harness.poll().outcome == "unchanged"


def test_a_registry_that_only_ever_asks_us_to_wait_is_told_after_a_few_hours(harness: Harness) -> None:
    alive = beating_daemon(settled(harness))
    at(harness, MONDAY)
    harness.registry.faults = lambda _: Reply(503, headers={"Retry-After": "3600"})
    alive.until(MONDAY + timedelta(hours=4))
    assert harness.kinds() == []
    alive.until(MONDAY + timedelta(hours=24))
    assert harness.kinds() == ["ops.unreachable"]
    assert len(harness.registry.requests) <= 25


def test_a_host_that_is_not_the_registry_s_stops_no_look(harness: Harness) -> None:
    """Of a dead man's switch, say."""
    alive = beating_daemon(settled(harness))
    at(harness, MONDAY)
    with harness.context.database.write() as session:
        hosts.pause(session, "127.0.0.1:9", MONDAY + timedelta(hours=1))
    alive.beat()
    assert [line["outcome"] for line in alive.said("poll")] == ["complete"]
    assert alive.job("look").failing_since is None


@pytest.mark.fault("A18")
def test_data_that_say_they_never_move_are_read_in_full_once_a_week(harness: Harness) -> None:
    alive = beating_daemon(settled(harness))
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    alive.until(START + FULL_READ_EVERY - timedelta(minutes=5))
    assert "status.changed" not in harness.kinds()
    alive.until(START + FULL_READ_EVERY + timedelta(hours=2))
    assert "status.changed" in harness.kinds()


@pytest.mark.fault("B28")
def test_peer_25_data_that_stand_still_are_told_once_and_not_over_a_long_weekend(harness: Harness) -> None:
    alive = beating_daemon(settled(harness))
    alive.until(datetime(2026, 8, 17, 23, tzinfo=UTC))
    assert harness.kinds() == []
    alive.until(datetime(2026, 8, 19, 23, tzinfo=UTC))
    assert harness.kinds() == ["ops.stale"]
    alive.until(datetime(2026, 8, 25, tzinfo=UTC))
    assert harness.kinds() == []


@pytest.mark.fault("B19")
@pytest.mark.fault("B20")
def test_copies_that_take_turns_tell_each_change_once(harness: Harness) -> None:
    alive = beating_daemon(settled(harness))
    at(harness, MONDAY)
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    newer = harness.registry.data_timestamp
    alive.beat()
    for turn in range(6):
        harness.registry.data_timestamp = "2026-08-14T09:00:05" if turn % 2 else newer
        harness.status(ONE)["overallStatus"] = "RECRUITING" if turn % 2 else "COMPLETED"
        harness.clock.advance(timedelta(minutes=10))
        harness.poll()
    assert sorted(harness.kinds()) == ["ops.stale", "status.changed"]


@pytest.mark.fault("B18")
def test_a_record_that_went_back_is_told_when_the_next_data_say_so_too(harness: Harness) -> None:
    alive = beating_daemon(settled(harness))
    harness.status(ONE)["lastUpdatePostDateStruct"]["date"] = "2025-12-01"
    harness.status(ONE)["overallStatus"] = "NOT_YET_RECRUITING"
    at(harness, MONDAY)
    alive.beat()
    assert harness.kinds() == ["ops.quarantine"]
    at(harness, MONDAY + timedelta(days=1))
    alive.beat()
    assert [it.kind for it in harness.news() if it.severity != "admin"] == ["status.changed"]


def test_an_older_copy_of_a_record_whose_own_dates_did_not_move_is_not_believed(harness: Harness) -> None:
    """Results under review move no date of the record; the data set's day on it does tell."""
    alive = beating_daemon(settled(harness))
    misc = harness.registry.studies[ONE]["derivedSection"]["miscInfoModule"]
    at(harness, MONDAY)
    misc["submissionTracking"] = {"submissionInfos": [{"releaseDate": "2026-08-15"}]}
    alive.beat()
    assert harness.kinds() == ["results.submitted"]
    at(harness, MONDAY + timedelta(days=1))
    del misc["submissionTracking"]
    misc["versionHolder"] = "2026-08-14"
    alive.beat()
    assert harness.kinds() == ["ops.quarantine"]


@pytest.mark.fault("B22")
def test_what_is_derived_anew_in_a_thousand_records_alarms_nobody_and_hides_no_edit(harness: Harness) -> None:
    alive = beating_daemon(settled(harness, 400))
    at(harness, MONDAY)
    for study in harness.registry.studies.values():
        study["derivedSection"]["conditionBrowseModule"] = {"meshes": [{"id": "D1", "term": "New"}]}
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    alive.beat()
    assert [(it.trial, it.kind) for it in harness.news()] == [(ONE, "status.changed")]


@pytest.mark.fault("B23")
def test_one_real_field_that_moves_in_most_records_is_one_notice_until_newer_data_say_so_too(
    harness: Harness,
) -> None:
    alive = beating_daemon(settled(harness, 60))
    at(harness, MONDAY)
    many = list(harness.registry.studies)[:40]
    for name in many:
        harness.module(name, "sponsorCollaboratorsModule")["leadSponsor"] = {"name": "The University", "class": "OTHER"}
    alive.beat()
    assert harness.kinds() == ["ops.held"]
    at(harness, MONDAY + timedelta(days=1))
    alive.beat()
    assert sorted((it.kind, it.trial) for it in harness.news()) == [("sponsor.changed", name) for name in many]


@pytest.mark.fault("B33")
def test_a_first_load_reports_first_polls_and_nothing_else(harness: Harness) -> None:
    harness.registry.studies = {f"NCT{number:08d}": record(f"NCT{number:08d}") for number in range(1, 1201)}
    harness.watch(*harness.registry.studies)
    beating_daemon(harness).beat()
    assert set(harness.kinds()) == {"trial.first_seen"}
    assert len(harness.registry.requests) == 1 + 6


@pytest.mark.fault("B08")
@pytest.mark.fault("B16")
def test_a_trial_that_is_gone_and_comes_back_is_told_once_each(harness: Harness) -> None:
    alive = beating_daemon(settled(harness))
    kept = harness.registry.studies.pop(ONE)
    for day in range(5):
        if day == 3:
            harness.registry.studies[ONE] = kept
        at(harness, MONDAY + timedelta(days=day))
        alive.beat()
    assert harness.kinds() == ["trial.gone", "trial.back"]
    assert harness.watched() == IDS


def test_a_look_held_and_an_unreachable_registry_in_between_is_still_confirmed_by_newer_data(harness: Harness) -> None:
    alive = beating_daemon(settled(harness))
    for trial in IDS:
        del harness.module(trial, "designModule")["phases"]
    at(harness, MONDAY)
    alive.beat()
    harness.registry.faults = lambda _: Reply(500)
    harness.clock.advance(timedelta(hours=1))
    assert harness.poll().outcome == "failed"
    harness.registry.faults = []
    at(harness, MONDAY + timedelta(days=1))
    assert harness.poll().outcome == "complete"
    assert harness.kinds().count("ops.held") == 1


@pytest.mark.fault("F23")
def test_a_pause_set_by_a_clock_that_was_ten_years_ahead_holds_nobody_up(harness: Harness) -> None:
    alive = beating_daemon(settled(harness))
    harness.clock.advance(timedelta(days=3652))
    harness.registry.faults = lambda _: Reply(429, headers={"Retry-After": "3600"})
    alive.beat()
    harness.registry.faults = []
    at(harness, MONDAY)
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    alive.beat()
    assert "status.changed" in harness.kinds()
