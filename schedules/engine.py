"""APScheduler under a metronome of our own: it runs the jobs, a stopwatch says when.

APScheduler plans by the wall clock: set back an hour it does nothing for an hour, set forward ten years it lists every
missed run. So no job here is ever due by its clock. Each job's next run is in the year 9999; this module counts the
seconds by the stopwatch, and when a beat has come it moves that job's next run into the past. Then the job is due
whatever the wall clock says, and once only: a beat that could not be made (a laptop that slept, a step that took long)
is not made up for. A scheduler thread that ends, or takes up no beat any more, ends the engine with an error.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import FrameType

from apscheduler.events import EVENT_SCHEDULER_STARTED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.base import BaseTrigger

from schedules.clock import Clock, SystemClock

__all__ = ["Engine", "EngineDied", "Tick"]

_MOST_TICKS = 4
"""Ticks without a thread of their own that may be under way at once."""
_AT_ONCE = datetime(1, 1, 2, tzinfo=UTC)
_NEVER = datetime(9999, 12, 30, tzinfo=UTC)
_NAP_SECONDS = 0.2
"""The longest pause between two looks at the stopwatch: a signal is obeyed within this time."""
_DEAF_SECONDS = 120.0
"""A scheduler that has taken up no beat for so long is dead, though its thread lives."""


class EngineDied(Exception):
    """The scheduler has ended or takes up no beat any more, so nothing would ever be done again."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Call `call` every `seconds` of real time. What it raises is its own business to catch.

    `thread`: ticks that name the same thread run on it one after the other; those that name none may run side by side.
    """

    name: str
    seconds: float
    call: Callable[[], None]
    thread: str = ""


class _WhenTold(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Never due by the scheduler's own clock. `taken` is called when the scheduler has taken up a beat."""

    __slots__ = ("_taken",)

    def __init__(self, taken: Callable[[], None]) -> None:
        self._taken = taken

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:  # noqa: ARG002
        if previous_fire_time is not None:
            self._taken()
        return _NEVER


class Engine:
    """Runs ticks until told to stop. `stopping` is set the moment it is told, for steps that can end early.

    `reloading` is set by SIGHUP; whoever reloads clears it.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.stopping = threading.Event()
        self.reloading = threading.Event()
        self._clock = clock or SystemClock()
        self._ticks: dict[str, Tick] = {}
        self._started = threading.Event()
        self._taken = threading.Event()
        self._death: BaseException | None = None
        self._thread = threading.Thread(target=self._schedule, name="scheduler", daemon=True)
        # A beat that finds its step still under way is expected, once a second, for as long as the step takes.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BlockingScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(_MOST_TICKS)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone="UTC",
        )
        self._scheduler.add_listener(lambda _: self._started.set(), EVENT_SCHEDULER_STARTED)

    def add(self, tick: Tick) -> None:
        """One more tick, before `run`."""
        if tick.thread and tick.thread not in {it.thread for it in self._ticks.values()}:
            self._scheduler.add_executor(ThreadPoolExecutor(1), tick.thread)
        self._ticks[tick.name] = tick
        executor = tick.thread or "default"
        self._scheduler.add_job(tick.call, _WhenTold(self._taken.set), id=tick.name, executor=executor)

    def run(self, *, ready: Callable[[], None] = lambda: None, grace_seconds: float = 9.0) -> bool:
        """Beat until `stop` or a signal (SIGTERM, SIGINT). A second signal ends the process at once.

        `ready` is called before the first beat: from then on a signal ends this in order. Waits up to `grace_seconds`
        for the steps under way. True when all of them ended in time. Raises EngineDied when the scheduler has died;
        steps may still be under way then.
        """
        with self._signals():
            ready()
            self._thread.start()
            try:
                self._beat()
            finally:
                self.stopping.set()
                in_time = self._finish(grace_seconds)
            return in_time

    def stop(self) -> None:
        """Ask the engine to end; returns at once."""
        self.stopping.set()

    def _beat(self) -> None:
        """Until told to stop, or raises EngineDied."""
        while self._thread.is_alive() and not self._started.is_set():
            self._clock.pause(0.01)
        last = self._clock.stopwatch()
        due = {name: last + tick.seconds for name, tick in self._ticks.items()}
        deaf = 0.0
        while not self.stopping.is_set():
            now = self._clock.stopwatch()
            # A process that was stopped for an hour has not been deaf for an hour.
            deaf = 0.0 if self._taken.is_set() else deaf + min(now - last, 1.0)
            last = now
            self._check(deaf)
            for name in [name for name, at in due.items() if at <= now]:
                due[name] = now + self._ticks[name].seconds
                self._taken.clear()
                self._scheduler.modify_job(name, next_run_time=_AT_ONCE)
            self._clock.pause(min(_NAP_SECONDS, min(due.values(), default=now + 1) - self._clock.stopwatch()))

    def _check(self, deaf: float) -> None:
        if not self._thread.is_alive():
            reason = f"{type(self._death).__name__}: {self._death}" if self._death else "it just ended"
            raise EngineDied(f"The scheduler's thread has ended ({reason})") from self._death
        if deaf > _DEAF_SECONDS:
            raise EngineDied(f"The scheduler has taken up no beat for {deaf:.0f} seconds")

    def _schedule(self) -> None:
        """The scheduler's thread. It is ours, so that its end is known, and why."""
        try:
            self._scheduler.start()
        except BaseException as error:  # noqa: BLE001  (kept for `_check`, which raises it in the main thread)
            self._death = error

    @contextmanager
    def _signals(self) -> Iterator[None]:
        numbers = {signal.SIGTERM: self._stopped, signal.SIGINT: self._stopped, signal.SIGHUP: self._reloaded}
        previous = {number: signal.signal(number, handler) for number, handler in numbers.items()}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _stopped(self, number: int, _frame: FrameType | None) -> None:
        if self.stopping.is_set():
            # Not an exception: leaving in order would wait for the step under way.
            os._exit(128 + number)
        self.stopping.set()

    def _reloaded(self, _number: int, _frame: FrameType | None) -> None:
        self.reloading.set()

    def _finish(self, grace_seconds: float) -> bool:
        waiter = threading.Thread(target=self._shut_down, daemon=True)
        waiter.start()
        waiter.join(grace_seconds)
        return not waiter.is_alive()

    def _shut_down(self) -> None:
        if self._started.is_set():
            self._scheduler.shutdown(wait=True)
            self._thread.join()
