"""One daemon per store: who is it, and may I be it? Light to import, so that a second daemon knows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from schedules.clock import Clock
from storage.engine.database import Database
from storage.errors import PollLocked
from storage.polling import jobs
from storage.polling.locks import daemon_lock
from tracker.errors import Busy

__all__ = ["daemon_holder", "is_daemon_running", "the_only_daemon"]

_PAUSE = 0.1
_TRIES = 3
"""Somebody who only wants to know whether there is a daemon holds the lock for a moment."""


@contextmanager
def the_only_daemon(
    database: Database, clock: Clock, holder: str, *, standby: bool, waiting: Callable[[str], None]
) -> Iterator[None]:
    """Be the daemon of this store for the length of a `with`. Raises Damaged when the store's file is.

    `standby`: wait for the running one to go; `waiting` is told who it is, once. Otherwise raises Busy, naming it.
    """
    tries = 0

    def wait() -> bool:
        nonlocal tries
        tries += 1
        if standby and tries == _TRIES:
            waiting(daemon_holder(database))
        clock.pause(_PAUSE)
        return standby or tries < _TRIES

    try:
        with daemon_lock(database, holder, wait):
            database.check()
            with database.write() as session:
                jobs.started(session, "daemon", holder, clock.now())
            yield
    except PollLocked as held:
        row = daemon_holder(database)
        first = row if row.startswith(held.holder) else held.holder
        raise Busy(f"A daemon is running already ({first}). To wait for it: --standby", subject=first) from held


def daemon_holder(database: Database) -> str:
    """Who became the daemon of this store last: who is it now, if one is running."""
    with database.read() as session:
        row = jobs.find(session, "daemon")
    return row.holder if row else ""


def is_daemon_running(database: Database) -> bool:
    """Whether some process is this store's daemon right now. Takes the lock for a moment to know."""
    try:
        with daemon_lock(database, "", lambda: False):
            return False
    except PollLocked:
        return True
