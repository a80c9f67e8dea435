"""Messages that a clock planned which has since been set back: none waits for an hour in a wrong future."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from schedules.clock import ManualClock
from storage import hosts, outbox
from tests.alerts.sink import Sink
from tests.alerts.world import AlertWorld, alert_world, rule, webhook
from tests.poll.world import ONE, START
from tracker.app import open_courier
from tracker.delivery.round import LEASE
from tracker.jobs.set_clock import StaleLeases, void_plans

HOUR = timedelta(hours=1)
YEARS = timedelta(days=3652)

pytestmark = pytest.mark.fault("R-D1")


def set_back(world: AlertWorld, by: timedelta) -> int:
    world.clock.advance(-by)
    return void_plans(world.house, world.clock.now(), by)


@pytest.mark.parametrize("by", [HOUR, YEARS], ids=["an hour", "ten years"])
def test_a_retry_of_a_wrong_future_is_made_now(tmp_path: Path, by: timedelta) -> None:
    with Sink(answers=[503, 204]) as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as world:
        world.change(ONE)
        world.clock.advance(by)
        world.deliver()
        assert set_back(world, by) == 1
        assert world.deliver().sent == 1
        assert len(set(sink.keys)) == 1


@pytest.mark.parametrize("by", [HOUR, YEARS], ids=["an hour", "ten years"])
def test_a_message_made_in_a_wrong_future_goes_now(tmp_path: Path, by: timedelta) -> None:
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as world:
        world.clock.advance(by)
        world.change(ONE)
        set_back(world, by)
        assert world.deliver().sent == 1


def test_a_digest_keeps_its_hour(tmp_path: Path) -> None:
    text = rule("team", digest='"daily@08:00"')
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + text) as world:
        world.clock.advance(HOUR)
        world.change(ONE)
        assert set_back(world, HOUR) == 0
        assert world.deliver().sent == 0
        assert world.later(days=1).sent == 1


def test_a_digest_of_a_wrong_future_is_not_lost(tmp_path: Path) -> None:
    text = rule("team", digest='"weekly@mon08:00"')
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + text) as world:
        world.clock.advance(YEARS)
        world.change(ONE)
        set_back(world, YEARS)
        assert world.deliver().sent == 1


def test_what_the_right_clock_planned_stays(tmp_path: Path) -> None:
    with Sink(answers=[503, 503, 204]) as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as world:
        world.change(ONE)
        world.deliver()
        world.later(seconds=10)
        assert set_back(world, timedelta(0)) == 0
        assert world.deliver().sent == 0


class Watch(ManualClock):
    """Its stopwatch is moved by hand, too."""

    seconds = 0.0

    def stopwatch(self) -> float:
        return self.seconds


@pytest.mark.parametrize("by", [HOUR, YEARS], ids=["an hour", "ten years"])
def test_a_lease_of_a_wrong_future_ends_by_the_stopwatch(tmp_path: Path, by: timedelta) -> None:
    """Its owner died; until the lease could be over by the stopwatch it might be sending still."""
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as world:
        world.change(ONE)
        clock = Watch(world.clock.now())
        house = replace(world.house, clock=clock)
        with house.database.write() as session:
            outbox.claim(session, "team", clock.now() + by, LEASE)
        leases, courier = StaleLeases(house), open_courier(house, world.settings)
        assert leases.free() == 0
        clock.seconds = LEASE.total_seconds()
        assert leases.free() == 0 and courier.deliver().sent == 0
        clock.seconds += 1
        assert leases.free() == 1 and courier.deliver().sent == 1


def test_a_lease_that_is_renewed_is_nobody_else_s(tmp_path: Path) -> None:
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as world:
        world.change(ONE)
        clock = Watch(world.clock.now())
        house = replace(world.house, clock=clock)
        leases = StaleLeases(house)
        for number in range(4):
            with house.database.write() as session:
                session.connection().exec_driver_sql("UPDATE message SET lease_until = NULL")
                outbox.claim(session, "team", clock.now() + HOUR + number * timedelta(seconds=1), LEASE)
            assert leases.free() == 0
            clock.seconds += LEASE.total_seconds() - 1


def pause_left(world: AlertWorld) -> timedelta:
    with world.house.database.read() as session:
        [until] = [it for row in hosts.every(session) if (it := hosts.pause_of(row, world.clock.now()))]
    return until - world.clock.now()


def test_a_pause_keeps_its_length(tmp_path: Path) -> None:
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as world:
        with world.house.database.write() as session:
            hosts.pause(session, "registry.example.org", START + timedelta(minutes=15))
        set_back(world, 2 * HOUR)
        assert pause_left(world) == timedelta(minutes=15)
