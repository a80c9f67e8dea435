"""`poll` beside a running daemon: ask the daemon for an immediate poll, and use its report."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import orjson

from schedules.clock import Clock
from storage.engine.database import Database
from storage.polling import jobs, poll_requests, runs
from storage.values.states import RunOutcome
from tracker.errors import Busy, TrialwatchError
from tracker.polling.run.report import PollReport
from tracker.processes.daemon_lock import daemon_holder, is_daemon_running

__all__ = ["PATIENCE_SECONDS", "ask_the_daemon"]

PATIENCE_SECONDS = 60.0
"""How long to wait for a daemon that is not polling. It checks for poll requests once a second."""
_PAUSE = 0.1


def ask_the_daemon(
    database: Database, clock: Clock, trials: Sequence[str] | None, *, patience: float = PATIENCE_SECONDS
) -> PollReport | None:
    """Let the daemon poll `trials` (None: all that are watched) now, and wait for its report.

    Return None if it ended before it answered, so that the caller polls. Raise Busy if it is alive but does not answer
    for `patience` seconds, in which no run is in progress and it does not report work. Also raise what its poll raised.
    """
    with database.write() as session:
        poll_request = poll_requests.request(session, trials, clock.now())
    try:
        answer = _answer(database, clock, poll_request, patience)
    finally:
        with database.write() as session:
            poll_requests.withdraw(session, poll_request)
    return None if answer is None else _report(answer)


def _answer(database: Database, clock: Clock, poll_request: int, patience: float) -> str | None:
    """Return the daemon's answer as JSON. None if there is no daemon any more."""
    quiet_since, stirred = clock.stopwatch(), None
    while True:
        running = is_daemon_running(database)  # check before looking for the answer: it may be the daemon's last
        with database.read() as session:
            row = poll_requests.find(session, poll_request)
            last, daemon = runs.last(session), jobs.find(session, "daemon")
            if row is not None and row.answer:
                return row.answer
            at_work = daemon is not None and daemon.started_at != stirred
            if at_work or (last is not None and last.outcome == RunOutcome.RUNNING):
                quiet_since, stirred = clock.stopwatch(), daemon.started_at if daemon else None
        if not running:
            return None
        if clock.stopwatch() - quiet_since > patience:
            holder = daemon_holder(database)
            raise Busy(f"The daemon ({holder}) does not answer; see its log, or stop it and poll again", subject=holder)
        clock.pause(_PAUSE)


def _report(answer: str) -> PollReport:
    document = orjson.loads(answer)
    if "poll" in document:
        return msgspec.convert(document["poll"], PollReport)
    error = TrialwatchError(document["error"]["message"], subject=document["error"]["subject"])
    error.kind = document["error"]["kind"]
    raise error
