"""The store, the clock and our own name, from settings. Light: no registry, no HTTP; see `tracker.app` for the rest."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from schedules.clock import Clock, FileClock, SystemClock
from storage.database import Database
from tracker.settings import Settings

__all__ = ["clock_of", "holder_name", "is_dead", "open_store"]


def clock_of(settings: Settings) -> Clock:
    """The clock the settings name: the machine's, or the one a test drives."""
    return FileClock(settings.test_clock) if settings.test_clock else SystemClock()


def holder_name() -> str:
    """Who we are, for others who wait for us."""
    return f"process {os.getpid()} on {socket.gethostname()}"


def is_dead(holder: str) -> bool:
    """Whether `holder`, a `holder_name`, was a process of this machine that is gone. False when it cannot be told."""
    words = holder.split()
    if len(words) != 4 or words[3] != socket.gethostname() or not words[1].isdecimal():
        return False
    try:
        os.kill(int(words[1]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


@contextmanager
def open_store(settings: Settings, clock: Clock | None = None) -> Iterator[Database]:
    """The store alone, for commands that ask no registry."""
    database = Database.open(settings.database, (clock or clock_of(settings)).now())
    try:
        yield database
    finally:
        database.close()
