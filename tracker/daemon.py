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
from storage import asks, cohorts, hosts, jobs, trials
from storage.errors import StorageError
from storage.models import Ask
from storage.redaction import redacted
from tracker.delivery.courier import Courier
from tracker.errors import Busy, RecordError, TrialwatchError
from tracker.house import House
from tracker.jobs import housekeeping
from tracker.jobs.due import raise_due_events
from tracker.log import Log
from tracker.processes.notify_system import SystemNotifier
from tracker.registries.ids import registry_of
from tracker.report import PollReport
from tracker.rounds import look
from tracker.similar.keeping import keep
from tracker.steps.looks import HORIZON

__all__ = ["BEAT_SECONDS", "Daemon", "Stopping"]

BEAT_SECONDS = 1.0
"""How often the daemon looks at the clock and the store; a driven clock is obeyed within this time."""
SEARCH_HORIZON = SEARCH_AT_LEAST_EVERY + timedelta(days=4)
"""No search is planned further ahead, weekends between; one that is was planned by a clock since set back."""
COMPLAIN_EVERY = timedelta(hours=1)
HUNG_SECONDS = 900.0
"""A step that has not moved for so long hangs: no request with all its attempts takes that long."""
_SET_BACK = timedelta(minutes=1)
"""A clock that goes back by more than this was set back: every plan made by it is void."""


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
    look is made there. `ping`: called after each good poll, for a dead man's switch; may raise. `courier`: carries the
    messages; None when there are no channels.
    """

    house: House
    log: Log
    stopping: threading.Event
    system: SystemNotifier
    hosts: Mapping[str, str]
    ping: Callable[[], None] | None = None
    courier: Courier | None = None
    _failing: dict[str, _Failing] = field(default_factory=dict)
    _last_seen: datetime | None = None
    _moved: float | None = None

    def ticks(self) -> list[Tick]:
        """The jobs, as data."""
        return [
            Tick("look", BEAT_SECONDS, lambda: self.beat("look", self.look)),
            Tick("alive", 10.0, lambda: self.beat("alive", self.alive)),
            Tick(housekeeping.JOB, 10.0, lambda: self.beat(housekeeping.JOB, self.keep_house)),
            Tick("due", 10.0, lambda: self.beat("due", self.tell_what_is_due)),
            Tick("cohorts", 10.0, lambda: self.beat("cohorts", self.search)),
            Tick("deliver", BEAT_SECONDS, lambda: self.beat("deliver", self.deliver)),
        ]

    def look(self) -> bool:
        """Grant the wishes people have, and poll what is due. True when there was something to do."""
        self._move()
        now = self.house.clock.now()
        set_back = self._last_seen is not None and now < self._last_seen - _SET_BACK
        with self.house.database.read() as session:
            wishes = asks.waiting(session)
            due = trials.due(session, now, now if set_back else now + HORIZON)
            paused = self._paused(session, now)
        for wish in wishes:
            self._grant(wish)
        open_now = [trial for trial in due if self.hosts[registry_of(trial)] not in paused]
        looking = bool(open_now) and not wishes
        if looking:
            self._report(look(self.house, open_now, progress=self._progress))
        # Not before all that: a set-back whose look did not happen is still one at the next beat.
        if not (set_back and due) or looking:
            self._last_seen = now
        return looking or bool(wishes)

    def alive(self) -> bool:
        """Tell the service manager that we live, unless a step hangs: then it may start us anew."""
        if self._moved is not None and self.house.clock.stopwatch() - self._moved < HUNG_SECONDS:
            self.system.watchdog()
        return False

    def keep_house(self) -> bool:
        """Once a day."""
        now = self.house.clock.now()
        if not housekeeping.is_due(self.house, now):
            return False
        try:
            dropped = housekeeping.keep_house(self.house, now)
        except Busy:
            return False
        self.log.say("housekeeping", dropped=dropped)
        return True

    def tell_what_is_due(self) -> bool:
        """Once a day: whose results are due soon, or overdue."""
        now = self.house.clock.now()
        if not housekeeping.is_due(self.house, now, "due"):
            return False
        left_out: list[RecordError] = []
        self.log.say("due dates", told=raise_due_events(self.house, left_out))
        for error in left_out:
            self.log.trouble("due dates of one trial", error, trial=error.subject)
        return True

    def search(self) -> bool:
        """Search for one cohort that is due. What enters it is looked at by the next look."""
        now = self.house.clock.now()
        with self.house.database.read() as session:
            name = cohorts.due(session, now, now + SEARCH_HORIZON)
            row = cohorts.find(session, name) if name is not None else None
            if row is None or self.hosts[row.registry_name] in self._paused(session, now):
                return False
        kept = keep(self.house, row.name, skip_if_known=True, progress=self._progress)
        counts = {word: len(getattr(kept, word)) for word in ("trials", "entered", "left", "remarks")}
        self.log.say("cohort", cohort=row.name, error=kept.error.message if kept.error else None, **counts)
        return True

    def deliver(self) -> bool:
        """Begin to send what is due; each channel goes on by itself, so this never waits for one."""
        return self.courier is not None and self.courier.start()

    def beat(self, job: str, step: Callable[[], bool]) -> None:
        """Run one beat of a job. Nothing escapes: what it raises is stored, and said once an hour; then it rests."""
        failing = self._failing.get(job)
        if self.stopping.is_set() or (failing and self._rests(failing)):
            return
        try:
            if step() or failing:
                self._well(job)
        except Stopping:
            self.log.say("stopping", job=job)
        except Exception as error:  # noqa: BLE001  (a beat must never kill the metronome)
            self._ill(job, error)

    def _paused(self, session: Session, now: datetime) -> set[str]:
        """The hosts that want to be left alone."""
        return {row.host for row in hosts.every(session) if hosts.pause_of(row, now)}

    def _grant(self, wish: Ask) -> None:
        chosen: list[str] | None = orjson.loads(wish.trials)
        assert wish.id is not None
        try:
            report = look(self.house, chosen, progress=self._progress)
        except TrialwatchError as error:
            self._answer(wish.id, {"error": {"kind": error.kind, "message": error.message, "subject": error.subject}})
        except StorageError as error:
            self._answer(wish.id, {"error": {"kind": error.kind, "message": error.message, "subject": error.subject}})
            raise
        else:
            self._report(report)
            self._answer(wish.id, {"poll": msgspec.to_builtins(report)}, report.run)

    def _answer(self, wish: int, answer: dict[str, Any], run: int | None = None) -> None:
        with self.house.database.write() as session:
            asks.answered(session, wish, run, orjson.dumps(answer).decode())

    def _report(self, report: PollReport) -> None:
        counts = {name: getattr(report, name) for name in ("checked", "new", "changed", "unchanged", "requests")}
        troubles = {"failed": len(report.failed), "quarantined": len(report.quarantined)}
        self.log.say(
            "poll", run=report.run, outcome=report.outcome, data_timestamp=report.data_timestamp, **counts, **troubles
        )
        for fault in report.faults:
            self.log.say("reading fault", run=report.run, trial=fault.trial, trace=fault.trace)
        if self.ping is not None and report.outcome in ("complete", "unchanged"):
            self.beat("ping", self._ping)

    def _ping(self) -> bool:
        assert self.ping is not None
        self.ping()
        return True

    def _move(self) -> None:
        self._moved = self.house.clock.stopwatch()

    def _progress(self, what: str, done: int, total: int) -> None:
        """Called between the small steps of a poll: the place where one can be abandoned."""
        self._move()
        self.system.status(f"{what}: {done} of {total}")
        if self.stopping.is_set():
            raise Stopping

    def _rests(self, failing: _Failing) -> bool:
        return abs(self.house.clock.now() - failing.at) < rest_after(failing.failures)

    def _well(self, job: str) -> None:
        now = self.house.clock.now()
        with self.house.database.write() as session:
            jobs.succeeded(session, job, now)
        self._failing.pop(job, None)

    def _ill(self, job: str, error: Exception) -> None:
        """Note a failure and speak of it. The store itself may be what is broken: a full disk, a lock."""
        now = self.house.clock.now()
        before = self._failing.get(job)
        spoken = before.complained if before else None
        speaking = spoken is None or abs(now - spoken) >= COMPLAIN_EVERY
        self._failing[job] = _Failing(before.failures + 1 if before else 1, now, now if speaking else spoken)
        if speaking:
            self.log.trouble("job failed", error, job=job)
        try:
            with self.house.database.write() as session:
                jobs.failed(session, job, redacted(f"{type(error).__name__}: {error}"), now)
        except StorageError as trouble:
            if speaking:
                self.log.trouble("the store cannot be written", trouble, job=job)
