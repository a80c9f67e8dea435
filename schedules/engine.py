"""Runs periodic jobs with APScheduler, timed by a monotonic stopwatch.

APScheduler plans by the wall clock. If the clock is set back an hour, it does nothing for an hour. If it is set forward
ten years, it lists every missed run. So each job here has its next run in the year 9999 and is never due by that clock.
This module counts seconds by the stopwatch. When a job is due, it moves the job's next run into the past, and
APScheduler runs it once, regardless of the wall clock. Missed runs (the laptop slept, a step took long) are not made up
for. If the scheduler thread ends, or stops taking up jobs, the engine ends with an error.
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

__all__ = ["Engine", "EngineDied", "Flag", "Tick"]

_MOST_TICKS = 4
"""Number of ticks without a named thread that may run at the same time."""
_AT_ONCE = datetime(1, 1, 2, tzinfo=UTC)
_NEVER = datetime(9999, 12, 30, tzinfo=UTC)
_NAP_SECONDS = 0.2
"""The longest pause between two readings of the stopwatch. A signal is handled within this time."""
_DEAF_SECONDS = 120.0
"""A scheduler that has taken up no job for this long is considered dead, even if its thread is alive."""


class EngineDied(Exception):
    """The scheduler has ended or takes up no jobs any more, so no work would ever be done again."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Call `call` every `seconds` of real time. `call` must catch its own errors.

    Ticks with the same `thread` run on it one after the other. Ticks without a thread may run side by side.
    """

    name: str
    seconds: float
    call: Callable[[], None]
    thread: str = ""


class _WhenTold(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """A trigger that is never due by the scheduler's clock. Calls `taken` when the scheduler has taken up a run."""

    __slots__ = ("_taken",)

    def __init__(self, taken: Callable[[], None]) -> None:
        self._taken = taken

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:  # noqa: ARG002
        if previous_fire_time is not None:
            # The scheduler asks for the following run only when it takes up a due one. So it is alive.
            self._taken()
        return _NEVER


class Flag:
    """A wish that a signal handler may set. Unlike `threading.Event` it takes no lock.

    A second signal can interrupt a handler in the middle of `Event.set`. It would then wait for ever for the lock that
    the first one holds.
    """

    __slots__ = ("_is_set",)

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        self._is_set = True

    def clear(self) -> None:
        self._is_set = False

    def is_set(self) -> bool:
        return self._is_set


class Engine:
    """Runs ticks until it is stopped.

    `stopping` is set at once on a stop request, for steps that can end early. `reloading` is set by SIGHUP. The code
    that reloads the settings clears it.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.stopping = Flag()
        self.reloading = Flag()
        self._clock = clock or SystemClock()
        self._ticks: dict[str, Tick] = {}
        self._started = threading.Event()
        self._taken = threading.Event()
        self._death: BaseException | None = None
        self._thread = threading.Thread(target=self._schedule, name="scheduler", daemon=True)
        # A tick that is due while its step still runs is expected. APScheduler would warn once a second.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BlockingScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(_MOST_TICKS)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone="UTC",
        )
        self._scheduler.add_listener(lambda _: self._started.set(), EVENT_SCHEDULER_STARTED)

    def add(self, tick: Tick) -> None:
        """Add a tick. Call this before `run`."""
        if tick.thread and tick.thread not in {it.thread for it in self._ticks.values()}:
            self._scheduler.add_executor(ThreadPoolExecutor(1), tick.thread)
        self._ticks[tick.name] = tick
        executor = tick.thread or "default"
        self._scheduler.add_job(tick.call, _WhenTold(self._taken.set), id=tick.name, executor=executor)

    def run(self, *, ready: Callable[[], None] = lambda: None, grace_seconds: float = 9.0) -> bool:
        """Run ticks until `stop` or a signal (SIGTERM, SIGINT). A second signal ends the process at once.

        `ready` is called once the signal handlers are installed, before the first tick. At the end, wait up to
        `grace_seconds` for running steps. Return True if all of them ended in time. Raise EngineDied if the scheduler
        died; steps may still be running then.
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
        """Ask the engine to end. Return at once."""
        self.stopping.set()

    def _beat(self) -> None:
        """Trigger due ticks until a stop is requested. Raise EngineDied if the scheduler dies."""
        while self._thread.is_alive() and not self._started.is_set():
            self._clock.pause(0.01)
        last = self._clock.stopwatch()
        due = {name: last + tick.seconds for name, tick in self._ticks.items()}
        deaf = 0.0
        while not self.stopping.is_set():
            now = self._clock.stopwatch()
            # Count at most one second per round: a process suspended for an hour has not been deaf for an hour.
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
        """Run the scheduler. It has a thread of ours, so that we notice when it ends, and why."""
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
            # No exception here: an orderly exit would wait for the running step.
            os._exit(128 + number)
        self.stopping.set()

    def _reloaded(self, _number: int, _frame: FrameType | None) -> None:
        self.reloading.set()

    def _finish(self, grace_seconds: float) -> bool:
        # `shutdown` has no timeout, so it runs in a thread of its own that may be left behind.
        waiter = threading.Thread(target=self._shut_down, daemon=True)
        waiter.start()
        waiter.join(grace_seconds)
        return not waiter.is_alive()

    def _shut_down(self) -> None:
        if self._started.is_set():
            self._scheduler.shutdown(wait=True)
            self._thread.join()
