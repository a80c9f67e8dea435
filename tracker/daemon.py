"""The daemon: its jobs as data, and what each beat does. When is `schedules`' business, and what is due the store's.

A beat that finds nothing to do costs one small query. Whatever a job raises is noted in the store, logged once an hour
at most, and tried again at the next beat; no job can stop another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
import orjson

from schedules.engine import Tick
from storage import asks, hosts, jobs, trials
from storage.errors import StorageError
from storage.models import Ask
from tracker.errors import TrialwatchError
from tracker.house import House
from tracker.log import Log
from tracker.looks import HORIZON
from tracker.notify_system import SystemNotifier
from tracker.poll import poll
from tracker.report import PollReport

__all__ = ["BEAT_SECONDS", "Daemon", "Stopping"]

BEAT_SECONDS = 1.0
"""How often the daemon looks at the clock and the store; a driven clock is obeyed within this time."""
COMPLAIN_EVERY = timedelta(hours=1)
_SET_BACK = timedelta(minutes=1)
"""A clock that goes back by more than this was set back: every plan made by it is void."""


class Stopping(Exception):
    """The daemon was told to stop while a step was under way: the step ends here, and nothing half done is kept."""


@dataclass(slots=True)
class Daemon:
    """What one daemon works with. `ping`: called after each good poll, for a dead man's switch; may raise."""

    house: House
    log: Log
    stopping: threading.Event
    system: SystemNotifier
    ping: Callable[[], None] | None = None
    _complained: dict[str, datetime] = field(default_factory=dict)
    _last_seen: datetime | None = None

    def ticks(self) -> list[Tick]:
        """The jobs, as data."""
        return [
            Tick("look", BEAT_SECONDS, lambda: self._job("look", self.look)),
            Tick("alive", 10.0, lambda: self._job("alive", self.alive)),
        ]

    def look(self) -> bool:
        """Grant the wishes people have, and poll what is due. True when there was something to do."""
        now = self.house.clock.now()
        set_back = self._last_seen is not None and now < self._last_seen - _SET_BACK
        self._last_seen = now
        with self.house.database.read() as session:
            wishes = asks.waiting(session)
            due = trials.due(session, now, now if set_back else now + HORIZON)
            paused = {
                row.host: row.not_before for row in hosts.every(session) if row.not_before and row.not_before > now
            }
        for wish in wishes:
            self._grant(wish)
        looking = bool(due) and not wishes and not paused
        if looking:
            self._report(poll(self.house, due, progress=self._progress))
        return looking or bool(wishes)

    def alive(self) -> bool:
        """Tell the service manager that we live: only while the looking job gets its turns."""
        self.system.watchdog()
        return False

    def _grant(self, wish: Ask) -> None:
        chosen: list[str] | None = orjson.loads(wish.trials)
        assert wish.id is not None
        try:
            report = poll(self.house, chosen, progress=self._progress)
        except TrialwatchError as error:
            answer: dict[str, Any] = {"error": {"kind": error.kind, "message": error.message, "subject": error.subject}}
            run = None
        else:
            self._report(report)
            answer, run = {"poll": msgspec.to_builtins(report)}, report.run
        with self.house.database.write() as session:
            asks.answered(session, wish.id, run, orjson.dumps(answer).decode())

    def _report(self, report: PollReport) -> None:
        counts = {name: getattr(report, name) for name in ("checked", "new", "changed", "unchanged", "requests")}
        troubles = {"failed": len(report.failed), "quarantined": len(report.quarantined)}
        self.log.say(
            "poll", run=report.run, outcome=report.outcome, data_timestamp=report.data_timestamp, **counts, **troubles
        )
        if self.ping is not None and report.outcome in ("complete", "unchanged"):
            self._job("ping", self._ping)

    def _ping(self) -> bool:
        assert self.ping is not None
        self.ping()
        return True

    def _progress(self, what: str, done: int, total: int) -> None:
        """Called between the small steps of a poll: the place where one can be abandoned."""
        self.system.status(f"{what}: {done} of {total}")
        if self.stopping.is_set():
            raise Stopping

    def _job(self, name: str, step: Callable[[], bool]) -> None:
        """Run one beat of a job. Nothing escapes: what it raises is stored, and said once an hour."""
        if self.stopping.is_set():
            return
        try:
            if step():
                self._note(name, "")
        except Stopping:
            self.log.say("stopping", job=name)
        except Exception as error:  # noqa: BLE001  (a beat must never kill the metronome)
            self._complain(name, error)

    def _complain(self, name: str, error: Exception) -> None:
        if self._may_complain(name):
            self.log.trouble("job failed", error, job=name)
            self._note(name, f"{type(error).__name__}: {error}")

    def _note(self, name: str, error: str) -> None:
        """Store how a job is doing. The store itself may be what is broken: a full disk, a lock."""
        now = self.house.clock.now()
        try:
            with self.house.database.write() as session:
                if error:
                    jobs.failed(session, name, error, now)
                else:
                    jobs.succeeded(session, name, now)
                    self._complained.pop(name, None)
        except StorageError as trouble:
            if self._may_complain("store"):
                self.log.trouble("the store cannot be written", trouble, job=name)

    def _may_complain(self, name: str) -> bool:
        now = self.house.clock.now()
        last = self._complained.get(name)
        if last is not None and abs(now - last) < COMPLAIN_EVERY:
            return False
        self._complained[name] = now
        return True
