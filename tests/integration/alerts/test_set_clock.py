"""Messages that a clock planned which has since been set back: none waits for an hour in a wrong future."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from storage.polling import hosts
from tests.support.channels.alert_harness import AlertHarness, alert_world, rule, webhook
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE, START

HOUR = timedelta(hours=1)
YEARS = timedelta(days=3652)

pytestmark = pytest.mark.fault("R-D1")


def set_back(harness: AlertHarness, by: timedelta) -> None:
    """The clock goes back, and the daemon says so to the hosts' pauses. Delivery sees it by itself."""
    harness.clock.advance(-by)
    with harness.context.database.write() as session:
        hosts.set_back(session, harness.clock.now(), by)


@pytest.mark.parametrize("by", [HOUR, YEARS], ids=["an hour", "ten years"])
def test_a_retry_of_a_wrong_future_is_made_soon(tmp_path: Path, by: timedelta) -> None:
    with Sink(answers=[503, 204]) as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.change(ONE)
        harness.clock.advance(by)
        harness.deliver()
        set_back(harness, by)
        assert harness.deliver().sent + harness.later(seconds=10).sent == 1
        assert len(set(sink.keys)) == 1


@pytest.mark.parametrize("by", [HOUR, YEARS], ids=["an hour", "ten years"])
def test_a_message_made_in_a_wrong_future_goes_now(tmp_path: Path, by: timedelta) -> None:
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.clock.advance(by)
        harness.change(ONE)
        set_back(harness, by)
        assert harness.deliver().sent == 1


def test_a_digest_keeps_its_hour(tmp_path: Path) -> None:
    text = rule("team", digest='"daily@08:00"')
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + text) as harness:
        harness.clock.advance(HOUR)
        harness.change(ONE)
        set_back(harness, HOUR)
        assert harness.deliver().sent == 0
        assert harness.later(days=1).sent == 1


def test_what_the_right_clock_planned_stays(tmp_path: Path) -> None:
    with Sink(answers=[503, 503, 204]) as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.change(ONE)
        harness.deliver()
        harness.later(seconds=10)
        set_back(harness, timedelta(0))
        assert harness.deliver().sent == 0


def pause_left(harness: AlertHarness) -> timedelta:
    with harness.context.database.read() as session:
        [until] = [it for row in hosts.every(session) if (it := hosts.pause_of(row, harness.clock.now()))]
    return until - harness.clock.now()


def test_a_pause_keeps_its_length(tmp_path: Path) -> None:
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        with harness.context.database.write() as session:
            hosts.pause(session, "registry.example.org", START + timedelta(minutes=15))
        set_back(harness, 2 * HOUR)
        assert pause_left(harness) == timedelta(minutes=15)
