"""When the daemon asks, how often, and what it makes of a registry that is ill for long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.polling import hosts
from tests.daemon.living import living
from tests.fault_server import Reply
from tests.poll.world import IDS, ONE, START, World, record
from tracker.polling.poll import FULL_READ_EVERY

SUNDAY = datetime(2026, 8, 16, 12, tzinfo=UTC)
MONDAY = datetime(2026, 8, 17, 14, tzinfo=UTC)
"""Ten in New York: the next data set is out."""


def settled(world: World, trials: int = 6) -> World:
    world.registry.studies = {f"NCT{number:08d}": record(f"NCT{number:08d}") for number in range(1, trials + 1)}
    world.settled()
    world.registry.requests.clear()
    return world


def at(world: World, instant: datetime) -> None:
    """The registry's data are those of that day, and so is the clock."""
    world.clock.move_to(instant - timedelta(days=1))
    world.day()


@pytest.mark.parametrize("trials", [6, 1000])
def test_g15_a_quiet_look_is_one_request_and_a_changed_day_one_more_for_each_200(world: World, trials: int) -> None:
    alive = living(settled(world, trials))
    world.clock.move_to(MONDAY)  # the data set is late
    alive.beat()
    assert world.registry.paths() == ["/api/v2/version"]
    at(world, MONDAY + timedelta(hours=1))
    world.status(ONE)["overallStatus"] = "COMPLETED"
    world.registry.requests.clear()
    alive.beat()
    assert world.kinds() == ["status.changed"]
    assert len(world.registry.requests) == 1 + -(-trials // 200) <= 6
    alive.beat()
    assert len(world.registry.requests) == 1 + -(-trials // 200)


def test_a_weekend_costs_nothing(world: World) -> None:
    alive = living(settled(world))
    alive.until(MONDAY - timedelta(seconds=1))
    assert world.registry.requests == []


def test_a_late_data_set_is_looked_for_once_an_hour(world: World) -> None:
    alive = living(settled(world))
    alive.until(MONDAY + timedelta(hours=5, minutes=30))
    assert world.registry.paths() == ["/api/v2/version"] * 6


def test_a12_a_day_of_503_costs_few_requests_is_told_once_and_loses_nothing(world: World) -> None:
    alive = living(settled(world))
    at(world, MONDAY)
    world.status(ONE)["overallStatus"] = "COMPLETED"
    world.registry.faults = lambda _: Reply(503)
    times: list[datetime] = []
    alive.until(MONDAY + timedelta(days=1), times.append)
    asked = len(world.registry.requests)
    assert 24 <= asked <= 320, asked
    assert world.kinds() == ["ops.unreachable"]
    world.registry.faults = []
    alive.until(MONDAY + timedelta(days=1, hours=2))
    assert world.kinds() == ["status.changed"]


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
def test_a10_a11_a14_no_request_comes_before_the_registry_wants_one(
    world: World, status: int, value: str, hours: int
) -> None:
    alive = living(settled(world))
    at(world, MONDAY)
    world.registry.faults = lambda _: Reply(status, headers={"Retry-After": value} if value else {})
    alive.beat()
    asked = len(world.registry.requests)
    world.registry.faults = []
    while len(world.registry.requests) == asked:
        world.clock.advance(timedelta(minutes=1))
        alive.beat()
    waited = world.clock.now() - MONDAY
    assert timedelta(hours=hours) <= waited <= timedelta(hours=hours, minutes=31)
    assert world.poll().outcome == "unchanged"


def test_a_registry_that_only_ever_asks_us_to_wait_is_told_after_a_few_hours(world: World) -> None:
    alive = living(settled(world))
    at(world, MONDAY)
    world.registry.faults = lambda _: Reply(503, headers={"Retry-After": "3600"})
    alive.until(MONDAY + timedelta(hours=4))
    assert world.kinds() == []
    alive.until(MONDAY + timedelta(hours=24))
    assert world.kinds() == ["ops.unreachable"]
    assert len(world.registry.requests) <= 25


def test_a_host_that_is_not_the_registry_s_stops_no_look(world: World) -> None:
    """Of a dead man's switch, say."""
    alive = living(settled(world))
    at(world, MONDAY)
    with world.context.database.write() as session:
        hosts.pause(session, "127.0.0.1:9", MONDAY + timedelta(hours=1))
    alive.beat()
    assert [line["outcome"] for line in alive.said("poll")] == ["complete"]
    assert alive.job("look").failing_since is None


def test_a18_data_that_say_they_never_move_are_read_in_full_once_a_week(world: World) -> None:
    alive = living(settled(world))
    world.status(ONE)["overallStatus"] = "COMPLETED"
    alive.until(START + FULL_READ_EVERY - timedelta(minutes=5))
    assert "status.changed" not in world.kinds()
    alive.until(START + FULL_READ_EVERY + timedelta(hours=2))
    assert "status.changed" in world.kinds()


def test_b28_peer_25_data_that_stand_still_are_told_once_and_not_over_a_long_weekend(world: World) -> None:
    alive = living(settled(world))
    alive.until(datetime(2026, 8, 17, 23, tzinfo=UTC))
    assert world.kinds() == []
    alive.until(datetime(2026, 8, 19, 23, tzinfo=UTC))
    assert world.kinds() == ["ops.stale"]
    alive.until(datetime(2026, 8, 25, tzinfo=UTC))
    assert world.kinds() == []


def test_b19_b20_copies_that_take_turns_tell_each_change_once(world: World) -> None:
    alive = living(settled(world))
    at(world, MONDAY)
    world.status(ONE)["overallStatus"] = "COMPLETED"
    newer = world.registry.data_timestamp
    alive.beat()
    for turn in range(6):
        world.registry.data_timestamp = "2026-08-14T09:00:05" if turn % 2 else newer
        world.status(ONE)["overallStatus"] = "RECRUITING" if turn % 2 else "COMPLETED"
        world.clock.advance(timedelta(minutes=10))
        world.poll()
    assert sorted(world.kinds()) == ["ops.stale", "status.changed"]


def test_b18_a_record_that_went_back_is_told_when_the_next_data_say_so_too(world: World) -> None:
    alive = living(settled(world))
    world.status(ONE)["lastUpdatePostDateStruct"]["date"] = "2025-12-01"
    world.status(ONE)["overallStatus"] = "NOT_YET_RECRUITING"
    at(world, MONDAY)
    alive.beat()
    assert world.kinds() == ["ops.quarantine"]
    at(world, MONDAY + timedelta(days=1))
    alive.beat()
    assert [it.kind for it in world.news() if it.severity != "admin"] == ["status.changed"]


def test_an_older_copy_of_a_record_whose_own_dates_did_not_move_is_not_believed(world: World) -> None:
    """Results under review move no date of the record; the data set's day on it does tell."""
    alive = living(settled(world))
    misc = world.registry.studies[ONE]["derivedSection"]["miscInfoModule"]
    at(world, MONDAY)
    misc["submissionTracking"] = {"submissionInfos": [{"releaseDate": "2026-08-15"}]}
    alive.beat()
    assert world.kinds() == ["results.submitted"]
    at(world, MONDAY + timedelta(days=1))
    del misc["submissionTracking"]
    misc["versionHolder"] = "2026-08-14"
    alive.beat()
    assert world.kinds() == ["ops.quarantine"]


def test_b22_what_is_derived_anew_in_a_thousand_records_alarms_nobody_and_hides_no_edit(world: World) -> None:
    alive = living(settled(world, 400))
    at(world, MONDAY)
    for study in world.registry.studies.values():
        study["derivedSection"]["conditionBrowseModule"] = {"meshes": [{"id": "D1", "term": "New"}]}
    world.status(ONE)["overallStatus"] = "COMPLETED"
    alive.beat()
    assert [(it.trial, it.kind) for it in world.news()] == [(ONE, "status.changed")]


def test_b23_one_real_field_that_moves_in_most_records_is_one_notice_until_newer_data_say_so_too(world: World) -> None:
    alive = living(settled(world, 60))
    at(world, MONDAY)
    many = list(world.registry.studies)[:40]
    for name in many:
        world.module(name, "sponsorCollaboratorsModule")["leadSponsor"] = {"name": "The University", "class": "OTHER"}
    alive.beat()
    assert world.kinds() == ["ops.held"]
    at(world, MONDAY + timedelta(days=1))
    alive.beat()
    assert sorted((it.kind, it.trial) for it in world.news()) == [("sponsor.changed", name) for name in many]


def test_b33_a_first_load_tells_first_looks_and_nothing_else(world: World) -> None:
    world.registry.studies = {f"NCT{number:08d}": record(f"NCT{number:08d}") for number in range(1, 1201)}
    world.watch(*world.registry.studies)
    living(world).beat()
    assert set(world.kinds()) == {"trial.first_seen"}
    assert len(world.registry.requests) == 1 + 6


def test_b08_b16_a_trial_that_is_gone_and_comes_back_is_told_once_each(world: World) -> None:
    alive = living(settled(world))
    kept = world.registry.studies.pop(ONE)
    for day in range(5):
        if day == 3:
            world.registry.studies[ONE] = kept
        at(world, MONDAY + timedelta(days=day))
        alive.beat()
    assert world.kinds() == ["trial.gone", "trial.back"]
    assert world.watched() == IDS


def test_a_look_held_and_an_unreachable_registry_in_between_is_still_confirmed_by_newer_data(world: World) -> None:
    alive = living(settled(world))
    for trial in IDS:
        del world.module(trial, "designModule")["phases"]
    at(world, MONDAY)
    alive.beat()
    world.registry.faults = lambda _: Reply(500)
    world.clock.advance(timedelta(hours=1))
    assert world.poll().outcome == "failed"
    world.registry.faults = []
    at(world, MONDAY + timedelta(days=1))
    assert world.poll().outcome == "complete"
    assert world.kinds().count("ops.held") == 1


def test_f23_a_pause_set_by_a_clock_that_was_ten_years_ahead_holds_nobody_up(world: World) -> None:
    alive = living(settled(world))
    world.clock.advance(timedelta(days=3652))
    world.registry.faults = lambda _: Reply(429, headers={"Retry-After": "3600"})
    alive.beat()
    world.registry.faults = []
    at(world, MONDAY)
    world.status(ONE)["overallStatus"] = "COMPLETED"
    alive.beat()
    assert "status.changed" in world.kinds()
