"""The metronome: real ticks, fast; events are waited for, never times."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from apscheduler.schedulers.blocking import BlockingScheduler

from schedules.clock import SystemClock
from schedules.engine import Engine, EngineDied, Tick
from tests.support.paths import ROOT

OFTEN = 0.02
LONG = 20.0


def run_until(engine: Engine, enough: threading.Event, end: Callable[[], None], grace: float = LONG) -> bool:
    """Run until `enough`, then `end` it. The engine needs the main thread for its signals; so we wait in another."""

    def waiter() -> None:
        if enough.wait(LONG):
            end()
        else:
            engine.stop()

    thread = threading.Thread(target=waiter)
    thread.start()
    try:
        in_time = engine.run(grace_seconds=grace)
    finally:
        thread.join()
    assert enough.is_set()
    return in_time


def after(count: int) -> tuple[Callable[[], None], threading.Event]:
    """A call that sets the event at its so many-th time."""
    enough, left = threading.Event(), [count]

    def call() -> None:
        left[0] -= 1
        if left[0] == 0:
            enough.set()

    return call, enough


def test_every_tick_beats_until_told_to_stop() -> None:
    engine, (one, first), (two, second) = Engine(), after(3), after(5)
    engine.add(Tick("one", OFTEN, one))
    engine.add(Tick("two", OFTEN, two))
    both = threading.Event()
    engine.add(Tick("both", OFTEN, lambda: both.set() if first.is_set() and second.is_set() else None))
    assert run_until(engine, both, engine.stop) is True


@pytest.mark.fault("F30")
def test_a_step_that_takes_long_never_runs_beside_itself_and_its_missed_beats_are_one() -> None:
    engine, at_once, most, release = Engine(), [0], [0], threading.Event()
    beats, enough = after(20)
    runs: list[int] = []

    def slow() -> None:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        runs.append(1)
        release.wait(LONG)
        at_once[0] -= 1

    engine.add(Tick("slow", OFTEN, slow))
    engine.add(Tick("others go on", OFTEN, beats))
    while_slow: list[int] = []

    def end() -> None:
        while_slow.append(len(runs))
        engine.stop()
        release.set()

    assert run_until(engine, enough, end) is True
    assert while_slow == [1] and most == [1]


@pytest.mark.fault("F03")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_the_handlers_before_are_back(number: int) -> None:
    before = signal.getsignal(number)
    engine, (beat, enough) = Engine(), after(1)
    engine.add(Tick("beat", OFTEN, beat))
    assert run_until(engine, enough, lambda: os.kill(os.getpid(), number)) is True
    assert signal.getsignal(number) is before
    assert engine.stopping.is_set()


@pytest.mark.fault("F03")
def test_a_signal_as_soon_as_it_is_ready_ends_it_in_order() -> None:
    assert Engine().run(ready=lambda: os.kill(os.getpid(), signal.SIGTERM))


def test_a_step_that_does_not_end_is_left_behind() -> None:
    engine, began, release = Engine(), threading.Event(), threading.Event()

    def hang() -> None:
        began.set()
        release.wait(LONG)

    engine.add(Tick("hang", OFTEN, hang))
    assert run_until(engine, began, engine.stop, grace=0.01) is False
    release.set()


@pytest.mark.fault("F29")
def test_a_tick_that_raises_beats_again(caplog: pytest.LogCaptureFixture) -> None:
    engine, (count, enough) = Engine(), after(3)

    def bad() -> None:
        count()
        raise ZeroDivisionError

    engine.add(Tick("bad", OFTEN, bad))
    with caplog.at_level(logging.CRITICAL, logger="apscheduler"):
        assert run_until(engine, enough, engine.stop) is True


@pytest.mark.fault("R-G9")
def test_ticks_of_one_thread_take_turns_on_it() -> None:
    engine, (one, first), (two, second) = Engine(), after(3), after(3)
    seen: set[int] = set()
    under_way: list[int] = []
    most = [0]

    def counted(call: Callable[[], None]) -> Callable[[], None]:
        def step() -> None:
            under_way.append(1)
            seen.add(threading.get_ident())
            most[0] = max(most[0], len(under_way))
            call()
            under_way.pop()

        return step

    engine.add(Tick("one", OFTEN, counted(one), "worker"))
    engine.add(Tick("two", OFTEN, counted(two), "worker"))
    both = threading.Event()
    engine.add(Tick("both", OFTEN, lambda: both.set() if first.is_set() and second.is_set() else None))
    assert run_until(engine, both, engine.stop) is True
    assert (len(seen), most) == (1, [1])


@pytest.mark.fault("R-G9")
def test_a_step_that_hangs_on_its_thread_stops_no_other() -> None:
    engine, (beats, enough), release = Engine(), after(5), threading.Event()
    engine.add(Tick("hangs", OFTEN, lambda: release.wait(LONG) and None, "worker"))
    engine.add(Tick("goes on", OFTEN, beats))

    def end() -> None:
        engine.stop()
        release.set()

    assert run_until(engine, enough, end) is True


@pytest.mark.fault("R-D1")
def test_an_engine_whose_scheduler_dies_says_so() -> None:
    engine, (beats, enough) = Engine(), after(3)
    engine.add(Tick("beats", OFTEN, beats))

    def kill() -> None:
        [scheduler] = [it for it in threading.enumerate() if it.name == "scheduler"]
        dying = ctypes.c_ulong(scheduler.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(dying, ctypes.py_object(MemoryError))

    with pytest.raises(EngineDied, match=r"thread has ended \(MemoryError"):
        run_until(engine, enough, kill)
    assert engine.stopping.is_set()


@pytest.mark.fault("R-D1")
def test_an_engine_whose_scheduler_is_deaf_says_so() -> None:
    """Its thread lives and does nothing: a job store's lock that is never given back, as after a fault in it."""
    clock, (beats, enough) = FastWatch(), after(3)
    engine = Engine(clock)
    engine.add(Tick("beats", OFTEN, beats))
    engine._scheduler.wakeup = lambda: None if enough.is_set() else BlockingScheduler.wakeup(engine._scheduler)
    with pytest.raises(EngineDied, match="taken up no beat"):
        run_until(engine, enough, lambda: None)


class FastWatch(SystemClock):
    """A stopwatch that runs a hundred times as fast."""

    def stopwatch(self) -> float:
        return super().stopwatch() * 100


@pytest.mark.fault("R-D1")
def test_a_process_that_stood_still_is_not_deaf() -> None:
    """The stopwatch jumps by hours, as after a machine was asleep: that is one beat, and no dead scheduler."""
    clock = JumpingWatch()
    engine, (beats, enough) = Engine(clock), after(6)

    def beat() -> None:
        clock.ahead += 7200.0
        beats()

    engine.add(Tick("beat", 60.0, beat))
    clock.ahead += 60.0
    assert run_until(engine, enough, engine.stop) is True


class JumpingWatch(SystemClock):
    """A stopwatch that is moved by hand, too."""

    ahead = 0.0

    def stopwatch(self) -> float:
        return super().stopwatch() * 60 + self.ahead


@pytest.mark.fault("R-D3")
def test_a_hangup_is_noted_and_ends_nothing() -> None:
    engine, (beats, enough) = Engine(), after(2)

    def count() -> None:
        if engine.reloading.is_set():
            beats()

    engine.add(Tick("count", OFTEN, count))
    hung_up = threading.Event()
    engine.add(Tick("hang up", OFTEN, lambda: None if hung_up.is_set() else (hung_up.set(), hang_up())[1]))
    assert run_until(engine, enough, engine.stop) is True
    assert engine.reloading.is_set()


BURST = """
from schedules.engine import Engine
Engine().run(ready=lambda: print("ready", flush=True))
"""


@pytest.mark.fault("R-D3")
def test_a_burst_of_hangups_keeps_no_engine_from_ending() -> None:
    """A handler that took a lock was interrupted by the next signal, which waited for that lock for ever."""
    with subprocess.Popen([sys.executable, "-c", BURST], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        for _ in range(20_000):
            process.send_signal(signal.SIGHUP)
        process.terminate()
        try:
            assert process.wait(LONG) == 0
        finally:
            process.kill()


def hang_up() -> None:
    os.kill(os.getpid(), signal.SIGHUP)
