"""APScheduler as a metronome: it beats, and the database says what is due.

Ticks are given as data and kept in memory; nothing is pickled, and a restart remembers nothing because there is nothing
to remember. Missed beats are one beat (a laptop that slept, a step that took long); a tick never runs beside itself.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

__all__ = ["Engine", "Tick"]

_MOST_TICKS = 7
"""Ticks that may be under way at once: more than there are, and few, for each thread keeps some memory to itself."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Call `call` every `seconds` of real time. What it raises is its own business to catch."""

    name: str
    seconds: float
    call: Callable[[], None]


class Engine:
    """Runs ticks until told to stop. `stopping` is set the moment it is told, for steps that can end early."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        # A beat that finds its step still under way is expected, once a second, for as long as the step takes.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(_MOST_TICKS)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone="UTC",
        )

    def add(self, tick: Tick) -> None:
        """One more tick, before `run`."""
        self._scheduler.add_job(tick.call, IntervalTrigger(seconds=tick.seconds, timezone="UTC"), id=tick.name)

    def run(self, *, ready: Callable[[], None] = lambda: None, grace_seconds: float = 9.0) -> bool:
        """Beat until `stop` or a signal (SIGTERM, SIGINT). A second signal ends the process at once.

        `ready` is called before the first beat: from then on a signal ends this in order. Waits up to `grace_seconds`
        for the steps under way. True when all of them ended in time.
        """
        previous = {number: signal.signal(number, self._signalled) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            ready()
            self._scheduler.start()
            while not self.stopping.wait(0.5):
                pass
            return self._finish(grace_seconds)
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        """Ask the engine to end; returns at once."""
        self.stopping.set()

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        if self.stopping.is_set():
            # Not an exception: leaving in order would wait for the step under way.
            os._exit(128 + number)
        self.stopping.set()

    def _finish(self, grace_seconds: float) -> bool:
        waiter = threading.Thread(target=self._scheduler.shutdown, kwargs={"wait": True}, daemon=True)
        waiter.start()
        waiter.join(grace_seconds)
        return not waiter.is_alive()
