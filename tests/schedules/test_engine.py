"""The metronome: real ticks, fast; events are waited for, never times."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable

import pytest

from schedules.engine import Engine, Tick

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
    in_time = engine.run(grace_seconds=grace)
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


def test_f30_a_step_that_takes_long_never_runs_beside_itself_and_its_missed_beats_are_one() -> None:
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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_f03_a_signal_ends_it_and_the_handlers_before_are_back(number: int) -> None:
    before = signal.getsignal(number)
    engine, (beat, enough) = Engine(), after(1)
    engine.add(Tick("beat", OFTEN, beat))
    assert run_until(engine, enough, lambda: os.kill(os.getpid(), number)) is True
    assert signal.getsignal(number) is before
    assert engine.stopping.is_set()


def test_f03_a_signal_as_soon_as_it_is_ready_ends_it_in_order() -> None:
    assert Engine().run(ready=lambda: os.kill(os.getpid(), signal.SIGTERM))


def test_a_step_that_does_not_end_is_left_behind() -> None:
    engine, began, release = Engine(), threading.Event(), threading.Event()

    def hang() -> None:
        began.set()
        release.wait(LONG)

    engine.add(Tick("hang", OFTEN, hang))
    assert run_until(engine, began, engine.stop, grace=0.01) is False
    release.set()


def test_f29_a_tick_that_raises_beats_again(caplog: pytest.LogCaptureFixture) -> None:
    engine, (count, enough) = Engine(), after(3)

    def bad() -> None:
        count()
        raise ZeroDivisionError

    engine.add(Tick("bad", OFTEN, bad))
    with caplog.at_level(logging.CRITICAL, logger="apscheduler"):
        assert run_until(engine, enough, engine.stop) is True
