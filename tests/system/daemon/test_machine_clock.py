"""The machine's own clock is set while a real daemon runs: looks, deliveries, watchdog and `poll` beside it go on."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.support.channels.webhook_sink import Sink
from tests.support.daemon.daemon_process import Running, wait_for
from tests.support.daemon.machine import Machine
from tests.support.daemon.shifted_clock import ShiftedClock, built, why_not
from tests.support.harness import IDS, is_list
from tests.support.program.program import record
from tests.support.registry.embedded_registry import RegistryServer, Request
from tests.system.daemon.test_processes import is_stopped

HOUR = timedelta(hours=1)
YEARS = timedelta(days=3652)
GROWN_MB = 60
"""More than a daemon's memory ever grows by a few looks; a list of ten years' beats takes this in two seconds."""
BUSY_SECONDS = 4.0
"""Processor seconds a daemon never needs while its watchdog is heard three times; a loop without a pause does."""

pytestmark = pytest.mark.fault("R-D1")


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if reason := why_not():
        pytest.skip(reason)
    return built(tmp_path_factory.mktemp("clock"))


@pytest.fixture
def machine(tmp_path: Path, library: Path) -> Iterator[Machine]:
    studies = [record(trial) for trial in IDS]
    with RegistryServer(studies) as registry, Sink() as sink, ShiftedClock(library, tmp_path) as clock:
        registry.data_timestamp = f"{datetime.now(UTC).date()}T09:00:00"
        with Machine(tmp_path / "home", registry, clock, sink) as found:
            found.run("watch", *IDS, "--no-backfill")
            yield found


def back_an_hour(clock: ShiftedClock) -> None:
    clock.move(-HOUR)


def back_in_small_steps(clock: ShiftedClock) -> None:
    """A few seconds at a time, so that no two looks at the clock differ by much."""
    pause = Event()
    for _ in range(24):
        clock.move(timedelta(seconds=-10))
        pause.wait(0.25)


def back_to_1970(clock: ShiftedClock) -> None:
    clock.set_to(datetime(1970, 1, 1, 0, 0, 30, tzinfo=UTC))


def ten_years_on(clock: ShiftedClock) -> None:
    clock.move(YEARS)


def past_2038(clock: ShiftedClock) -> None:
    clock.set_to(datetime(2038, 1, 19, 3, 14, 9, tzinfo=UTC))


def to_the_end_of_time(clock: ShiftedClock) -> None:
    """Python's clock ends in 2262."""
    clock.set_to(datetime(2262, 1, 1, tzinfo=UTC))


BY = [
    pytest.param(-HOUR, id="back an hour"),
    pytest.param(YEARS, id="ten years on", marks=pytest.mark.long),
]
JUMPS = [
    back_an_hour,
    ten_years_on,
    *(
        pytest.param(it, marks=pytest.mark.long)
        for it in (to_the_end_of_time, back_in_small_steps, back_to_1970, past_2038)
    ),
]


@pytest.mark.parametrize("jump", JUMPS, ids=lambda it: it.__name__)
def test_a_clock_that_is_set_stops_nothing(machine: Machine, jump: Callable[[ShiftedClock], None]) -> None:
    daemon = machine.daemon()
    goes_on(machine, daemon)
    before = memory_mb(daemon)
    machine.change()
    jump(machine.machine)
    looks_by_itself(machine, daemon)
    goes_on(machine, daemon)
    rests(machine, daemon)
    machine.machine.set(timedelta())
    goes_on(machine, daemon)
    assert memory_mb(daemon) < before + GROWN_MB
    assert daemon.ends(signal.SIGTERM) == 0
    assert machine.told() == Counter(machine.changed), daemon.log.read_text()
    assert machine.is_whole()


def looks_by_itself(machine: Machine, daemon: Running) -> None:
    """A jump makes plans void: there is a look that nobody asked for, and it finds what has changed last."""
    daemon.hears("poll", changed=1)
    wait_for(lambda: machine.told()[machine.changed[-1]], daemon.log.read_text)


def goes_on(machine: Machine, daemon: Running) -> None:
    """`poll` beside the daemon is answered, what it finds is delivered, and the watchdog is fed."""
    machine.watchdog()
    machine.change()
    poll = machine.begin("poll")
    wait_for(lambda: poll.process.poll() is not None, lambda: poll.log.read_text() + daemon.log.read_text())
    assert poll.ends() == 0, poll.log.read_text() + daemon.log.read_text()
    daemon.hears("poll", changed=1)
    wait_for(lambda: machine.told()[machine.changed[-1]], daemon.log.read_text)
    wait_for(machine.watchdog, daemon.log.read_text)


def rests(machine: Machine, daemon: Running) -> None:
    """With nothing to do it does nothing."""
    machine.watchdog()
    before = processor_seconds(daemon)
    for _ in range(3):
        wait_for(machine.watchdog, daemon.log.read_text)
    assert processor_seconds(daemon) - before < BUSY_SECONDS


def memory_mb(daemon: Running) -> float:
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def processor_seconds(daemon: Running) -> float:
    words = Path(f"/proc/{daemon.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / 100


@pytest.mark.parametrize(
    "by", [-HOUR, pytest.param(YEARS, marks=pytest.mark.long)], ids=["back an hour", "ten years on"]
)
def test_a_clock_that_is_set_during_a_poll_loses_nothing(machine: Machine, by: timedelta) -> None:
    daemon = machine.daemon()
    goes_on(machine, daemon)
    reached: list[Request] = []

    def jump_at_the_list(request: Request) -> None:
        if is_list(request) and not reached:
            reached.append(request)
            machine.machine.move(by)

    machine.registry.faults = jump_at_the_list
    goes_on(machine, daemon)
    assert reached
    machine.machine.set(timedelta())
    goes_on(machine, daemon)
    assert machine.told() == Counter(machine.changed)


@pytest.mark.parametrize(
    "by", [-HOUR, pytest.param(YEARS, marks=pytest.mark.long)], ids=["back an hour", "ten years on"]
)
def test_a_clock_that_is_set_during_a_delivery_loses_nothing(machine: Machine, by: timedelta) -> None:
    daemon = machine.daemon()

    def jump_and_take(handler: Any) -> None:
        machine.machine.move(by)
        handler.send_response(204)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    machine.sink.answers = [jump_and_take, 204]
    goes_on(machine, daemon)
    goes_on(machine, daemon)
    machine.machine.set(timedelta())
    goes_on(machine, daemon)
    assert machine.told() == Counter(machine.changed)


def test_a_retry_planned_by_a_wrong_clock_is_not_lost(machine: Machine) -> None:
    daemon = machine.daemon()
    machine.machine.set(YEARS)
    machine.sink.answers = [503, 200]
    machine.change()
    daemon.hears("poll", changed=1)
    wait_for(lambda: len(machine.sink.hooks) == 1, daemon.log.read_text)
    machine.machine.set(timedelta())
    wait_for(lambda: len(machine.sink.hooks) == 2, daemon.log.read_text)
    assert len(set(machine.sink.keys)) == 1
    goes_on(machine, daemon)


@pytest.mark.fault("R-G17")
def test_a_stopped_process_whose_clock_jumped_goes_on(machine: Machine) -> None:
    daemon = machine.daemon()
    goes_on(machine, daemon)
    daemon.send(signal.SIGSTOP)
    wait_for(lambda: is_stopped(daemon))
    machine.machine.move(6 * HOUR)
    daemon.send(signal.SIGCONT)
    goes_on(machine, daemon)
    daemon.send(signal.SIGSTOP)
    wait_for(lambda: is_stopped(daemon))
    machine.change()
    machine.machine.move(-6 * HOUR)
    daemon.send(signal.SIGCONT)
    looks_by_itself(machine, daemon)
    goes_on(machine, daemon)
    assert machine.told() == Counter(machine.changed)


@pytest.mark.fault("R-G17")
@pytest.mark.parametrize(
    "by", [-HOUR, pytest.param(YEARS, marks=pytest.mark.long)], ids=["back an hour", "ten years on"]
)
def test_a_killed_process_whose_clock_jumped_loses_nothing(machine: Machine, by: timedelta) -> None:
    """Killed in the middle of a look, and its successor in the middle of a delivery."""
    first = machine.daemon()
    goes_on(machine, first)

    def kill_at_the_list(request: Request) -> None:
        if is_list(request) and first.process.poll() is None:
            first.ends(signal.SIGKILL)
            machine.machine.move(by)

    machine.registry.faults = kill_at_the_list
    machine.change()
    machine.begin("poll").process.wait()
    second = machine.daemon()
    assert first.process.poll() == -signal.SIGKILL

    def kill_and_cut(handler: Any) -> None:
        second.ends(signal.SIGKILL)
        machine.machine.set(timedelta())
        handler.cut()

    machine.sink.answers = [kill_and_cut, 204]
    machine.change()
    machine.begin("poll").process.wait()
    wait_for(lambda: second.process.poll() is not None, second.log.read_text)
    third = machine.daemon()
    goes_on(machine, third)
    machine.machine.move(HOUR)
    wait_for(lambda: set(machine.told()) == set(machine.changed), third.log.read_text)
    assert machine.is_whole()


DYING = """
import ctypes, sys, threading
from tracker.cli import main

def kill():
    found = []
    while not found:
        threading.Event().wait(0.1)
        found = [it.ident for it in threading.enumerate() if it.name == "scheduler"]
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(found[0]), ctypes.py_object(MemoryError))

threading.Thread(target=kill, daemon=True).start()
sys.exit(main(["daemon"]))
"""


def test_a_dead_scheduler_ends_the_process_with_an_error(machine: Machine) -> None:
    """As when its memory was gone: a process that lives on would do nothing, and nobody would know."""
    daemon = machine.begin(prefix=[sys.executable, "-c", DYING])
    assert daemon.ends() == 1
    last = daemon.said()[-1]
    assert (last["event"], last["level"]) == ("the daemon cannot go on", "error")
    assert "The scheduler's thread has ended (MemoryError" in last["error"]
    goes_on(machine, machine.daemon())
    assert machine.told() == Counter(machine.changed)
