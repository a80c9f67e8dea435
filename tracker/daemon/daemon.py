"""The daemon: its jobs as data, and what each beat does.

`schedules` decides when a job runs, and the store knows what is due. A beat with nothing to do costs one small query.
If a job raises, the error is stored, logged at most once an hour, and the job is tried again after a rest. No job can
stop another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
import orjson
from sqlmodel import Session

from schedules.backoff import rest_after
from schedules.cadence import SEARCH_AT_LEAST_EVERY
from schedules.engine import Flag, Tick
from schedules.leaps import ClockWatch, Every
from storage.engine.redaction import redacted
from storage.errors import Replaced, StorageError
from storage.polling import hosts, jobs, poll_requests
from storage.reads.in_session import SessionReader
from storage.tables.models import PollRequestRow
from storage.versions import trials
from storage.watching import cohorts
from tracker.context.context import Context
from tracker.daemon import housekeeping
from tracker.daemon.due_events_job import raise_due_events
from tracker.daemon.log import Log
from tracker.daemon.operator_log import Obstacles, outlook, tell_of_poll
from tracker.delivery.worker import DeliveryWorker
from tracker.errors import Busy, RecordError, TrialwatchError
from tracker.polling.planning.schedule import HORIZON
from tracker.polling.poll_all import poll_all
from tracker.processes.systemd import SystemNotifier
from tracker.registries.ids import registry_of
from tracker.services.diagnostics.health import health
from tracker.similar.cohorts.cohort_update import keep

__all__ = ["BEAT_SECONDS", "Daemon", "Stopping"]

BEAT_SECONDS = 1.0
"""How often the daemon checks the clock and the store. It notices a clock that a test moves within this time."""
SEARCH_HORIZON = SEARCH_AT_LEAST_EVERY + timedelta(days=4)
"""No search is planned further ahead, weekends included. If one is, a clock planned it that was set back since."""
COMPLAIN_EVERY = timedelta(hours=1)
HUNG_SECONDS = 900.0
"""A step that made no progress for this long hangs: no request with all its attempts takes as long."""
WORKER = "worker"
"""The one thread for all polls and computations, kept for months.

Each thread that reads a large answer keeps memory for it.
"""
PING_SECONDS = 3600.0
PING_AGAIN_SECONDS = 300.0
"""How soon to check again after a ping was skipped because something was wrong."""
WORD_SECONDS = 3600.0
"""At least one line per hour in the log."""


class Stopping(Exception):
    """The daemon was told to stop during a step. The step ends here, and its unfinished work is discarded."""


@dataclass(slots=True)
class _Failing:
    """A failing job: how often in a row, the last time, and when it was last logged."""

    failures: int
    at: datetime
    complained: datetime | None


@dataclass(slots=True)
class Daemon:
    """What a daemon works with.

    `hosts`: the host of each registry, as the rate limiter knows it. A paused host is not polled. `ping`: called once
    an hour while all is well, for a dead man's switch; may raise. `delivery_worker`: sends the messages; None if there
    are no channels. `reload`: called before each beat of delivery, so that no delivery begins while it replaces the
    context and the delivery worker. `failure`: why the daemon must end, if it must.
    """

    context: Context
    log: Log
    stopping: Flag
    system: SystemNotifier
    hosts: Mapping[str, str]
    ping: Callable[[], None] | None = None
    delivery_worker: DeliveryWorker | None = None
    reload: Callable[[], None] = lambda: None
    failure: str = ""
    _failing: dict[str, _Failing] = field(default_factory=dict)
    _watch: ClockWatch = field(default_factory=ClockWatch)
    _behind: timedelta = timedelta(0)
    _unsettled: bool = False
    _moved: float | None = None
    _pinged: Every = field(default_factory=lambda: Every(PING_SECONDS))
    _spoken: Every = field(default_factory=lambda: Every(WORD_SECONDS))
    _silent: bool = False
    _obstacles: Obstacles = field(init=False)

    def __post_init__(self) -> None:
        self._obstacles = Obstacles(self.context, self.log)

    def ticks(self) -> list[Tick]:
        """Return the jobs, as data."""
        return [
            Tick("look", BEAT_SECONDS, lambda: self.beat("look", self.look), WORKER),
            Tick(housekeeping.JOB, 10.0, lambda: self.beat(housekeeping.JOB, self.clean_up), WORKER),
            Tick("due", 10.0, lambda: self.beat("due", self.tell_what_is_due), WORKER),
            Tick("cohorts", 10.0, lambda: self.beat("cohorts", self.search), WORKER),
            Tick("alive", 2.0, lambda: self.beat("alive", self.alive)),
            Tick("report", 10.0, lambda: self.beat("report", self.report)),
            Tick("ping", 10.0, lambda: self.beat("ping", self.ping_while_well, stored=False)),
            Tick("deliver", BEAT_SECONDS, self._deliver),
        ]

    def look(self) -> bool:
        """Answer poll requests of people, and poll what is due. Return True if there was something to do."""
        self._move()
        now, behind = self._see_clock()
        with self.context.database.read() as session:
            requested = poll_requests.open_requests(session)
            # A plan beyond the horizon was made by a wrong clock and counts as due. After a set-back this applies to
            # every plan.
            due = trials.due(session, now, now if behind else now + HORIZON)
            paused = self._paused(session, now)
        for poll_request in requested:
            self._grant(poll_request)
        open_now = [trial for trial in due if self.hosts[registry_of(trial)] not in paused]
        # `due` was read before the requests, which may have polled the same trials. The next beat reads it again.
        looking = bool(open_now) and not requested
        if looking:
            tell_of_poll(self.log, poll_all(self.context, open_now, progress=self._progress))
        # Only after the poll: if it did not happen, the next beat must still know that the clock was set back.
        if behind and (looking or not due):
            self._watch.accept(now)
        return looking or bool(requested)

    def _see_clock(self) -> tuple[datetime, timedelta]:
        """Return the time, and how far the clock was set back.

        The first beat that notices also moves the pauses of hosts.
        """
        now, stopwatch = self.context.clock.now(), self.context.clock.stopwatch()
        behind, before = self._watch.see(now, stopwatch), self._behind
        if behind and not before:
            with self.context.database.write() as session:
                hosts.set_back(session, now, behind)
            self.log.warn("the clock was set back", seconds=round(behind.total_seconds()))
        self._behind = behind
        if (unsettled := self._watch.is_unsettled(now, stopwatch)) != self._unsettled:
            self._unsettled = unsettled
            rest = "due dates and housekeeping wait a day, or until it is set right" if unsettled else "they go on"
            self.log.warn("the clock leapt ahead" if unsettled else "the clock has settled", next=rest)
        return now, behind

    def alive(self) -> bool:
        """Tell the service manager that the daemon is alive, unless a step hangs.

        Then it may restart the daemon. Never waits.
        """
        if self._is_moving():
            self.system.watchdog()
        return False

    def _is_moving(self) -> bool:
        return self._moved is not None and self.context.clock.stopwatch() - self._moved < HUNG_SECONDS

    def report(self) -> bool:
        """Log new obstacles and those that are gone, and once an hour that the daemon runs."""
        self._obstacles.tell()
        self._console()
        now, stopwatch = self.context.clock.now(), self.context.clock.stopwatch()
        if self._spoken.is_due(now, stopwatch):
            self._spoken.done(now, stopwatch)
            self.log.say("watching", **outlook(self.context), in_the_way=self._obstacles.names())
        return False

    def _console(self) -> None:
        """Show progress to people whose request waits for the current step."""
        with self.context.database.read() as session:
            waiting = bool(poll_requests.open_requests(session))
        if waiting and self._is_moving():
            with self.context.database.write() as session:
                jobs.stirred(session, "daemon", self.context.clock.now())

    def ping_while_well(self) -> bool:
        """Ping once an hour, and only while all is well. If pings stop, the dead man's switch raises the alarm."""
        now, stopwatch = self.context.clock.now(), self.context.clock.stopwatch()
        if self.ping is None or not self._pinged.is_due(now, stopwatch):
            return False
        database = self.context.database
        with database.read() as session:
            found = health(SessionReader(session), database.path, now, self.context.alerts)
        if well := found.healthy:
            self.ping()
        elif not self._silent:
            self.log.warn("no ping while something is wrong", reasons=found.warnings[:3])
        self._silent = not well
        self._pinged.done(now, stopwatch, again_after=None if well else PING_AGAIN_SECONDS)
        return well

    def clean_up(self) -> bool:
        """Do the daily housekeeping.

        Not with a clock that leapt ahead, because rows of today would look old enough to delete.
        """
        self._move()
        now, _ = self._see_clock()
        if self._unsettled or not housekeeping.is_due(self.context, now):
            return False
        try:
            dropped = housekeeping.clean_up(self.context, now)
        except Busy:
            return False
        self.log.say("housekeeping", dropped=dropped)
        return True

    def tell_what_is_due(self) -> bool:
        """Raise the daily events for results due soon or overdue.

        Not with a clock that leapt ahead: all would be overdue.
        """
        self._move()
        now, _ = self._see_clock()
        if self._unsettled or not housekeeping.is_due(self.context, now, "due"):
            return False
        left_out: list[RecordError] = []
        self.log.say("due dates", told=raise_due_events(self.context, left_out, self._progress))
        for error in left_out:
            self.log.trouble("due dates of one trial", error, trial=error.subject)
        return True

    def search(self) -> bool:
        """Search for one cohort that is due. The next poll reads the trials that enter it."""
        self._move()
        now = self.context.clock.now()
        with self.context.database.read() as session:
            name = cohorts.due(session, now, now + SEARCH_HORIZON)
            row = cohorts.find(session, name) if name is not None else None
            if row is None or self.hosts[row.registry_name] in self._paused(session, now):
                return False
        kept = keep(self.context, row.name, skip_if_known=True, progress=self._progress)
        counts = {word: len(getattr(kept, word)) for word in ("trials", "entered", "left", "remarks")}
        self.log.say("cohort", cohort=row.name, error=kept.error.message if kept.error else None, **counts)
        return True

    def deliver(self) -> bool:
        """Begin to send what is due. Each channel continues in its own thread, so this never waits."""
        return self.delivery_worker is not None and self.delivery_worker.start()

    def _deliver(self) -> None:
        self.reload()
        self.beat("deliver", self.deliver)

    def beat(self, job: str, step: Callable[[], bool], *, stored: bool = True) -> None:
        """Run one beat of a job. No exception escapes: it is stored, logged once an hour, and then the job rests.

        `stored`: False for a job that is not part of the watch. Its failures are only logged.
        """
        failing = self._failing.get(job)
        if self.stopping.is_set() or (failing and self._rests(failing)):
            return
        try:
            # Written only when something was done or is well again, because most beats find nothing to do.
            if step() or failing:
                self._well(job, stored)
        except Stopping:
            self.log.say("stopping", job=job)
        except Replaced as error:
            self._end(error)
        except Exception as error:  # noqa: BLE001  (a beat must never kill the metronome)
            self._ill(job, error, stored)

    def _paused(self, session: Session, now: datetime) -> set[str]:
        """Return the paused hosts."""
        return {row.host for row in hosts.every(session) if hosts.pause_of(row, now)}

    def _grant(self, poll_request: PollRequestRow) -> None:
        chosen: list[str] | None = orjson.loads(poll_request.trials)
        assert poll_request.id is not None
        try:
            report = poll_all(self.context, chosen, progress=self._progress)
        except TrialwatchError as error:
            self._answer(
                poll_request.id, {"error": {"kind": error.kind, "message": error.message, "subject": error.subject}}
            )
        except StorageError as error:
            self._answer(
                poll_request.id, {"error": {"kind": error.kind, "message": error.message, "subject": error.subject}}
            )
            raise
        else:
            tell_of_poll(self.log, report)
            self._answer(poll_request.id, {"poll": msgspec.to_builtins(report)}, report.run)

    def _answer(self, poll_request: int, answer: dict[str, Any], run: int | None = None) -> None:
        with self.context.database.write() as session:
            poll_requests.answered(session, poll_request, run, orjson.dumps(answer).decode())

    def _move(self) -> None:
        self._moved = self.context.clock.stopwatch()

    def _progress(self, what: str, done: int, total: int) -> None:
        """Called between the small steps of a poll, where a poll can be interrupted."""
        self._move()
        self.system.status(f"{what}: {done} of {total}")
        if self.stopping.is_set():
            raise Stopping

    def _rests(self, failing: _Failing) -> bool:
        return abs(self.context.clock.now() - failing.at) < rest_after(failing.failures)

    def _well(self, job: str, stored: bool) -> None:
        if stored:
            with self.context.database.write() as session:
                jobs.succeeded(session, job, self.context.clock.now())
        self._failing.pop(job, None)

    def _end(self, error: Replaced) -> None:
        """End the daemon, because anything written to a replaced file would be lost. Logged once, for the first job."""
        if not self.failure:
            self.failure = f"{error.message}. If the store that is there now is the right one, start the daemon again"
            self.log.trouble("the daemon cannot go on", error, next="it ends now")
        self.stopping.set()

    def _ill(self, job: str, error: Exception, stored: bool) -> None:
        """Record and log a failure. The store itself may be broken: a full disk, a lock."""
        now = self.context.clock.now()
        before = self._failing.get(job)
        spoken = before.complained if before else None
        speaking = spoken is None or abs(now - spoken) >= COMPLAIN_EVERY
        self._failing[job] = _Failing(before.failures + 1 if before else 1, now, now if speaking else spoken)
        if speaking:
            self.log.trouble("job failed", error, job=job)
        if not stored:
            return
        try:
            with self.context.database.write() as session:
                jobs.failed(session, job, redacted(f"{type(error).__name__}: {error}"), now)
        except StorageError as trouble:
            if speaking:
                self.log.trouble("the store cannot be written", trouble, job=job)
