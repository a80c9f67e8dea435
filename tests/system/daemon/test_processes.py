"""Daemons as processes: who is the one, how they end, what a jump of the clock or a sleep does to them."""

from __future__ import annotations

import io
import os
import re
import signal
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from schedules.clock import ManualClock
from tests.support.daemon.daemon_process import DaemonProcess, Running, wait_for
from tests.support.harness import IDS, ONE, is_list
from tests.support.program.program import START
from tests.support.registry.embedded_registry import Reply, Request, silent
from tracker.daemon.log import Log

MONDAY = [(ONE, "status.changed")]


def is_stopped(running: Running) -> bool:
    stat = Path(f"/proc/{running.process.pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[0] == "T"


def test_the_daemon_looks_at_once_at_what_is_due_and_then_as_the_clock_says(site: DaemonProcess) -> None:
    site.next_day()
    daemon = site.daemon()
    assert daemon.hears("poll")["changed"] == 1
    site.complete(IDS[1])
    site.publish("2026-08-18")
    site.move_to(START + timedelta(days=4))
    assert daemon.hears("poll")["changed"] == 1
    assert site.changes() == [*MONDAY, (IDS[1], "status.changed")]


@pytest.mark.fault("F15")
@pytest.mark.parametrize("link", [None, "symbolic", "hard"])
def test_a_second_daemon_names_the_first_and_a_killed_one_leaves_no_lock(site: DaemonProcess, link: str | None) -> None:
    first = site.daemon()
    extra = {}
    if link:
        other = site.home.parent / "elsewhere.db"
        other.symlink_to(site.store) if link == "symbolic" else other.hardlink_to(site.store)
        extra["TRIALWATCH_DATABASE_URL"] = f"sqlite:///{other}"
    second = site.begin("daemon", extra=extra, cwd="/")
    assert second.ends() == 1
    assert re.search(rf"process {first.process.pid}\b", second.log.read_text())
    assert site.json("status")["status"]["daemon"].startswith(f"process {first.process.pid} on ")
    first.ends(signal.SIGKILL)
    assert site.json("status")["status"]["daemon"] is None
    site.daemon()


@pytest.mark.fault("F16")
def test_on_postgresql_the_one_standing_by_takes_over_and_nothing_is_lost_or_doubled(
    site: DaemonProcess, postgres_url: str
) -> None:
    extra = {"TRIALWATCH_DATABASE_URL": postgres_url}
    site.run("watch", *IDS, **extra)
    first = site.daemon(extra=extra)
    refused = site.begin("daemon", extra=extra)
    assert refused.ends() == 1 and f"process {first.process.pid} " in refused.log.read_text()
    second = site.begin("daemon", "--standby", extra=extra)
    wait_for(lambda: f"process {first.process.pid} " in second.log.read_text(), second.log.read_text)
    site.complete(ONE)
    site.publish("2026-08-17")
    reached = []
    site.registry.faults = lambda request: (reached.append(request), silent)[1] if is_list(request) else None
    site.move_to(START + timedelta(days=3))
    wait_for(lambda: reached)
    first.ends(signal.SIGKILL)
    site.registry.faults = []
    assert second.hears("poll")["changed"] == 1
    kinds = [change["kind"] for change in site.run("changes", "-o", "jsonl", **extra).lines]
    assert kinds.count("status.changed") == 1
    site.run("verify", **extra)


def test_standby_on_sqlite(site: DaemonProcess) -> None:
    first = site.daemon()
    second = site.begin("daemon", "--standby")
    wait_for(lambda: "Standing by" in second.log.read_text())
    assert first.ends(signal.SIGTERM) == 0
    second.hears("daemon started")


@pytest.mark.fault("F03")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_daemon_ends_in_order(site: DaemonProcess, number: int) -> None:
    daemon = site.daemon()
    assert daemon.ends(number) == 0
    assert daemon.said()[-1].items() >= {"event": "daemon stopped", "in_time": True}.items()


@pytest.mark.fault("F03")
@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGINT, signal.SIGTERM]])
def test_a_daemon_that_waits_for_the_registry_is_gone_soon_and_at_once_when_told_twice(
    site: DaemonProcess, signals: list[int]
) -> None:
    reached: list[Request] = []
    site.registry.faults = lambda request: (reached.append(request), silent)[1] if is_list(request) else None
    daemon = site.daemon()
    site.next_day()
    wait_for(lambda: reached)
    for number in signals:
        daemon.send(number)
        wait_for(partial(is_taken, daemon, number))
    assert daemon.ends() == (0 if len(signals) == 1 else 128 + signal.SIGTERM)
    site.registry.faults = []
    assert site.is_whole() and site.changes() == []
    assert site.daemon().hears("poll")["changed"] == 1


def is_taken(running: Running, number: int) -> bool:
    """Whether a signal that was sent waits no more; of two that wait, any may be the first."""
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    waiting = int(status.partition("ShdPnd:")[2].split()[0], 16)
    return not waiting & (1 << (number - 1))


@pytest.mark.fault("F23")
@pytest.mark.parametrize(
    "there", [timedelta(days=3652), timedelta(hours=-1), timedelta(days=-1)], ids=["10 years on", "1 h", "1 day back"]
)
def test_a_clock_that_jumps_and_is_set_right_makes_no_mass_of_looks_and_no_stall(
    site: DaemonProcess, there: timedelta
) -> None:
    daemon = site.daemon()
    site.run("poll")  # by the daemon, which has seen the clock now
    daemon.heard = len(daemon.said())
    site.move_to(START + there)
    daemon.hears("poll")
    site.move_to(START)
    wait_for(lambda: site.json("status")["status"]["next_look"] == "2026-08-17T14:00:00Z")
    daemon.heard = len(daemon.said())
    site.next_day()
    assert daemon.hears("poll")["changed"] == 1
    assert len(daemon.polls()) <= 4
    sequence = [change["seq"] for change in site.run("changes", "-o", "jsonl").lines]
    assert sequence == sorted(sequence)


@pytest.mark.fault("F25")
def test_a_machine_that_slept_looks_once(site: DaemonProcess) -> None:
    daemon = site.daemon()
    daemon.send(signal.SIGSTOP)
    wait_for(lambda: is_stopped(daemon))
    for hours in range(1, 7):
        site.move_to(START + timedelta(days=3, hours=hours - 6))
    site.next_day()
    daemon.send(signal.SIGCONT)
    assert daemon.hears("poll")["changed"] == 1
    site.publish("2026-08-18")
    site.move_to(START + timedelta(days=4))
    daemon.hears("poll")
    assert len(daemon.polls()) == 2


@pytest.mark.fault("F31")
def test_a_daemon_whose_log_nobody_takes_goes_on_looking(site: DaemonProcess) -> None:
    ours, theirs = os.pipe()
    daemon = site.daemon(pipe=theirs)
    os.close(theirs)
    os.close(ours)
    site.next_day()
    wait_for(lambda: site.changes() == MONDAY)
    assert daemon.ends(signal.SIGTERM) == 0


@pytest.mark.fault("F31")
def test_a_daemon_without_any_stream_goes_on_looking(site: DaemonProcess) -> None:
    site.next_day()
    daemon = site.begin("daemon", prefix=["bash", "-c", 'exec "$@" >&- 2>&-', "bash"])
    wait_for(lambda: site.changes() == MONDAY)
    assert daemon.ends(signal.SIGTERM) == 0


@pytest.mark.fault("F31")
def test_a_full_disk_takes_no_log_and_stops_nothing() -> None:
    with io.TextIOWrapper(io.FileIO("/dev/full", "w"), write_through=True) as full:
        Log(ManualClock(START), full).say("something")


def test_poll_beside_a_daemon_is_the_daemons_look(site: DaemonProcess) -> None:
    daemon = site.daemon()
    site.complete(ONE)
    site.publish("2026-08-17")
    run = site.run("poll", "-o", "json")
    assert (run.json["poll"]["outcome"], run.json["poll"]["changed"]) == ("complete", 1)
    assert f"The daemon (process {daemon.process.pid} on " in run.err
    assert daemon.hears("poll")["run"] == run.json["poll"]["run"]
    one = site.json("poll", ONE)
    assert (one["poll"]["outcome"], len(daemon.polls())) == ("unchanged", 2)
    site.registry.faults = lambda _: Reply(500)
    assert site.json("poll", expect=1)["poll"]["outcome"] == "failed"


def test_a_daemon_that_dies_in_the_look_it_was_asked_for_leaves_it_to_who_asked(site: DaemonProcess) -> None:
    daemon = site.daemon()
    site.complete(ONE)
    site.publish("2026-08-17")
    reached: list[Request] = []
    site.registry.faults = lambda request: (reached.append(request), silent)[1] if is_list(request) else None
    poll = site.begin("poll", "-o", "json")
    wait_for(lambda: reached)
    daemon.ends(signal.SIGKILL)
    site.registry.faults = []
    assert poll.ends() == 0
    assert "ended before it answered" in poll.log.read_text()
    dated_ahead = ("", "ops.stale")  # Monday's data set came out on Friday, and that is told as well
    assert [told for told in site.changes() if told != dated_ahead] == MONDAY
