"""The daemon: its jobs as data, and what each beat does. When is `schedules`' business, and what is due the store's.

A beat that finds nothing to do costs one small query. Whatever a job raises is noted in the store, logged once an hour
at most, and tried again after a rest; no job can stop another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
import orjson
from sqlmodel import Session

from schedules.backoff import rest_after
from schedules.cadence import SEARCH_AT_LEAST_EVERY
from schedules.engine import Tick
from schedules.leaps import ClockWatch, Every
from storage.engine.redaction import redacted
from storage.errors import Replaced, StorageError
from storage.polling import hosts, jobs, poll_requests
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
from tracker.polling.poll_all import poll_all
from tracker.polling.schedule import HORIZON
from tracker.processes.systemd import SystemNotifier
from tracker.registries.ids import registry_of
from tracker.services.diagnostics.health import health
from tracker.similar.cohort_update import keep

__all__ = ["BEAT_SECONDS", "Daemon", "Stopping"]

BEAT_SECONDS = 1.0
"""How often the daemon looks at the clock and the store; a driven clock is obeyed within this time."""
SEARCH_HORIZON = SEARCH_AT_LEAST_EVERY + timedelta(days=4)
"""No search is planned further ahead, weekends between; one that is was planned by a clock since set back."""
COMPLAIN_EVERY = timedelta(hours=1)
HUNG_SECONDS = 900.0
"""A step that has not moved for so long hangs: no request with all its attempts takes that long."""
WORKER = "worker"
"""The thread of all that looks and counts. One, and the same one for months: each thread that ever read a large answer
keeps the memory for it."""
PING_SECONDS = 3600.0
PING_AGAIN_SECONDS = 300.0
"""So soon it is asked again whether all is well, when it was not."""
WORD_SECONDS = 3600.0
"""No hour is without a line in the log."""


class Stopping(Exception):
    """The daemon was told to stop while a step was under way: the step ends here, and nothing half done is kept."""


@dataclass(slots=True)
class _Failing:
    """A job that fails: how often in a row, the last time, and when it was last complained of."""

    failures: int
    at: datetime
    complained: datetime | None


@dataclass(slots=True)
class Daemon:
    """What one daemon works with. `hosts`: each registry's, as its gate knows it. While one wants to be left alone, no
    look is made there. `ping`: called once an hour while all is well, for a dead man's switch; may raise.
    `delivery_worker`: carries the messages; None when there are no channels. `reload`: called before each beat of
    delivery, so that none begins while it exchanges context and worker. `failure`: why the daemon ends, when it must.
    """

    context: Context
    log: Log
    stopping: threading.Event
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
        """The jobs, as data."""
        return [
            Tick("look", BEAT_SECONDS, lambda: self.beat("look", self.look), WORKER),
            Tick(housekeeping.JOB, 10.0, lambda: self.beat(housekeeping.JOB, self.keep_house), WORKER),
            Tick("due", 10.0, lambda: self.beat("due", self.tell_what_is_due), WORKER),
            Tick("cohorts", 10.0, lambda: self.beat("cohorts", self.search), WORKER),
            Tick("alive", 2.0, lambda: self.beat("alive", self.alive)),
            Tick("report", 10.0, lambda: self.beat("report", self.report)),
            Tick("ping", 10.0, lambda: self.beat("ping", self.ping_while_well, stored=False)),
            Tick("deliver", BEAT_SECONDS, self._deliver),
        ]

    def look(self) -> bool:
        """Grant the wishes people have, and poll what is due. True when there was something to do."""
        self._move()
        now, behind = self._see_clock()
        with self.context.database.read() as session:
            requested = poll_requests.open_requests(session)
            due = trials.due(session, now, now if behind else now + HORIZON)
            paused = self._paused(session, now)
        for poll_request in requested:
            self._grant(poll_request)
        open_now = [trial for trial in due if self.hosts[registry_of(trial)] not in paused]
        looking = bool(open_now) and not requested
        if looking:
            tell_of_poll(self.log, poll_all(self.context, open_now, progress=self._progress))
        # Not before all that: a set-back whose look did not happen is still one at the next beat.
        if behind and (looking or not due):
            self._watch.accept(now)
        return looking or bool(requested)

    def _see_clock(self) -> tuple[datetime, timedelta]:
        """Now, and how far the clock was set back since it was last obeyed. The first to notice makes plans void."""
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
        """Tell the service manager that we live, unless a step hangs: then it may start us anew. Waits for nothing."""
        if self._is_moving():
            self.system.watchdog()
        return False

    def _is_moving(self) -> bool:
        return self._moved is not None and self.context.clock.stopwatch() - self._moved < HUNG_SECONDS

    def report(self) -> bool:
        """Say what has come into our way and what is out of it again, and once an hour that we are there."""
        self._obstacles.tell()
        self._console()
        now, stopwatch = self.context.clock.now(), self.context.clock.stopwatch()
        if self._spoken.is_due(now, stopwatch):
            self._spoken.done(now, stopwatch)
            self.log.say("watching", **outlook(self.context), in_the_way=self._obstacles.names())
        return False

    def _console(self) -> None:
        """Show people whose wish waits for the step under way that there is one, and that it moves."""
        with self.context.database.read() as session:
            waiting = bool(poll_requests.open_requests(session))
        if waiting and self._is_moving():
            with self.context.database.write() as session:
                jobs.stirred(session, "daemon", self.context.clock.now())

    def ping_while_well(self) -> bool:
        """Once an hour, and only while all is well: a dead man's switch hears of us, or notices that it does not."""
        now, stopwatch = self.context.clock.now(), self.context.clock.stopwatch()
        if self.ping is None or not self._pinged.is_due(now, stopwatch):
            return False
        found = health(self.context.database, now, self.context.alerts)
        if well := found.healthy:
            self.ping()
        elif not self._silent:
            self.log.warn("no ping while something is wrong", reasons=found.warnings[:3])
        self._silent = not well
        self._pinged.done(now, stopwatch, again_after=None if well else PING_AGAIN_SECONDS)
        return well

    def keep_house(self) -> bool:
        """Once a day. Not by a clock that leapt ahead: what it would throw away as old is perhaps of today."""
        self._move()
        now, _ = self._see_clock()
        if self._unsettled or not housekeeping.is_due(self.context, now):
            return False
        try:
            dropped = housekeeping.keep_house(self.context, now)
        except Busy:
            return False
        self.log.say("housekeeping", dropped=dropped)
        return True

    def tell_what_is_due(self) -> bool:
        """Once a day: whose results are due soon, or overdue. Not by a clock that leapt ahead: it makes all overdue."""
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
        """Search for one cohort that is due. What enters it is looked at by the next look."""
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
        """Begin to send what is due; each channel goes on by itself, so this never waits for one."""
        return self.delivery_worker is not None and self.delivery_worker.start()

    def _deliver(self) -> None:
        self.reload()
        self.beat("deliver", self.deliver)

    def beat(self, job: str, step: Callable[[], bool], *, stored: bool = True) -> None:
        """Run one beat of a job. Nothing escapes: what it raises is stored, and said once an hour; then it rests.

        `stored` False for what is no part of the watch: its failures are only said.
        """
        failing = self._failing.get(job)
        if self.stopping.is_set() or (failing and self._rests(failing)):
            return
        try:
            if step() or failing:
                self._well(job, stored)
        except Stopping:
            self.log.say("stopping", job=job)
        except Replaced as error:
            self._end(error)
        except Exception as error:  # noqa: BLE001  (a beat must never kill the metronome)
            self._ill(job, error, stored)

    def _paused(self, session: Session, now: datetime) -> set[str]:
        """The hosts that want to be left alone."""
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
        """Called between the small steps of a poll: the place where one can be abandoned."""
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
        """The store is not ours any more: whatever we still wrote would be lost. Said once, whichever job finds it."""
        if not self.failure:
            self.failure = f"{error.message}. If the store that is there now is the right one, start the daemon again"
            self.log.trouble("the daemon cannot go on", error, next="it ends now")
        self.stopping.set()

    def _ill(self, job: str, error: Exception, stored: bool) -> None:
        """Note a failure and speak of it. The store itself may be what is broken: a full disk, a lock."""
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
