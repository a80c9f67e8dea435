"""One daemon per store. Fast to import, so that a second daemon fails at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from schedules.clock import Clock
from storage.engine.database import Database
from storage.errors import PollLocked
from storage.polling import jobs
from storage.polling.locks import daemon_lock
from storage.reads.in_session import SessionReader
from tracker.errors import Busy
from tracker.processes.running_daemon import is_running, last_daemon

__all__ = ["daemon_holder", "is_daemon_running", "the_only_daemon"]

_PAUSE = 0.1
_TRIES = 3
"""Three tries, because `is_daemon_running` also holds the lock for a moment."""


@contextmanager
def the_only_daemon(
    database: Database, clock: Clock, holder: str, *, standby: bool, waiting: Callable[[str], None]
) -> Iterator[None]:
    """Be the daemon of this store for the length of a `with`. Raise Damaged if the store's file is damaged.

    `standby`: wait until the running daemon ends; `waiting` is called once with its name. Otherwise raise Busy with its
    name.
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
            # Checked here and not at every start: it takes a second for 400 MB, and the daemon runs for months.
            database.check()
            with database.write() as session:
                jobs.started(session, "daemon", holder, clock.now())
            yield
    except PollLocked as held:
        row = daemon_holder(database)
        first = row if row.startswith(held.holder) else held.holder
        raise Busy(f"A daemon is running already ({first}). To wait for it: --standby", subject=first) from held


def daemon_holder(database: Database) -> str:
    """Return the process that became the daemon of this store last. If a daemon is running, it is this one."""
    with database.read() as session:
        return last_daemon(SessionReader(session))


def is_daemon_running(database: Database) -> bool:
    """Whether a process is this store's daemon now."""
    with database.read() as session:
        return is_running(SessionReader(session), database.path)
