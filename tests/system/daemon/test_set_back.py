"""The clock of a daemon is ten years ahead for a while, and is then put right: all its jobs go on."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from schedules.clock import ManualClock
from storage.outbox import queries
from storage.polling import jobs
from storage.watching import watches
from tests.support.channels.alert_harness import rule, webhook
from tests.support.channels.webhook_sink import SECRET, Sink
from tests.support.daemon.beating_daemon import beating_daemon
from tests.support.daemon.daemon_process import DaemonProcess, wait_for
from tests.support.harness import IDS, Harness
from tests.support.program.program import START
from tests.system.daemon.test_due import clock, context
from tracker.context.context import Context
from tracker.daemon.due_events_job import raise_due_events
from tracker.daemon.housekeeping import is_due
from tracker.demo.story import SEED

__all__ = ["clock", "context"]

MARK = pytest.mark.fault("R-G3")
FAR = timedelta(days=3653)


@MARK
@pytest.mark.parametrize("by", [FAR, timedelta(hours=12), timedelta(days=3)])
def test_a_daily_job_done_in_the_future_is_done_today(harness: Harness, by: timedelta) -> None:
    right = harness.clock.now()
    alive = beating_daemon(harness)
    harness.clock.move_to(right + by)
    alive.daemon.beat("housekeeping", alive.daemon.clean_up)
    assert not is_due(harness.context, harness.clock.now())
    harness.clock.move_to(right)
    assert is_due(harness.context, right)
    alive.daemon.beat("housekeeping", alive.daemon.clean_up)
    assert not is_due(harness.context, right)


@MARK
@pytest.mark.parametrize("by", [FAR, timedelta(days=3)])
def test_what_was_read_in_full_in_the_future_is_read_again(harness: Harness, by: timedelta) -> None:
    harness.settled()
    right = harness.clock.now()
    harness.clock.move_to(right + timedelta(days=8) + by)
    assert harness.poll().unchanged == len(IDS)
    harness.clock.move_to(right)
    assert harness.poll().unchanged == len(IDS)
    assert harness.poll().checked == 0 or harness.poll().requests == 1, "and then rests for a week"


@MARK
def test_a_watch_of_the_future_is_told_what_is_due(context: Context, clock: ManualClock) -> None:
    with context.database.write() as session:
        watches.unwatch(session, SEED, clock.now())
        watches.watch(session, SEED, "ctgov", clock.now() + FAR)
    clock.move_to(datetime.combine(date(2026, 9, 16), time(15, tzinfo=UTC)))
    assert raise_due_events(context) == 1


@MARK
def test_a_job_that_failed_in_the_future_is_tried_again(harness: Harness) -> None:
    right = harness.clock.now()
    alive = beating_daemon(harness)
    harness.clock.move_to(right + FAR)
    alive.daemon.beat("odd", lambda: bool(1 // 0))
    harness.clock.move_to(right)
    alive.daemon.beat("odd", lambda: bool(1 // 0))
    row = alive.job("odd")
    assert (row.failures, row.failing_since) == (2, right)
    with harness.context.database.read() as session:
        assert jobs.find(session, "odd") is not None


@MARK
def test_the_daemon_goes_on_after_a_clock_was_ahead(site: DaemonProcess) -> None:
    """A real daemon, its time in a file: a change is found and refused in 2036, and delivered in 2026."""
    with Sink(answers=[503]) as sink:
        (site.home / "trialwatch.toml").write_text(webhook(sink) + rule("team"), encoding="utf-8")
        site.daemon(extra={"HOOK_SECRET": SECRET})
        site.complete(IDS[0])
        site.publish("2026-08-17")
        site.move_to(START + FAR)
        wait_for(lambda: len(sink.hooks))
        sink.answers = [204]
        tried = len(sink.hooks)
        site.move_to(START + timedelta(days=3))
        wait_for(lambda: len(sink.hooks) > tried)

        def states() -> set[str]:
            with site.opened() as database, database.read() as session:
                return {it.state for it in queries.listing(session)}

        wait_for(lambda: states() == {"sent"})
