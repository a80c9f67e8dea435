"""Which trials a run did not find, and which it found again. Nothing of it is written before the run is believed.

A trial counts as gone once it was missing on `GONE_AFTER` data sets, or once a person has accepted a run that was held
because so many were missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from storage.engine.turn import take_turn
from storage.values.batches import batches
from storage.values.severity import Severity
from storage.values.write_models import NewStep
from storage.versions import trials
from storage.versions.trials import Head
from storage.watching import watches
from tracker.changes.explain import trial_event
from tracker.polling.decide import lone_event, trial_came_back
from tracker.polling.planning.timestamps import is_ahead
from tracker.polling.run.batch import PollWork
from tracker.polling.run.report import FailureKind
from tracker.registries.answers import Gone

__all__ = ["GONE_AFTER", "Absences", "write_accepted"]

GONE_AFTER = 2
"""A trial counts as gone after direct 404s on this many different data timestamps."""
_AT_ONCE = 100
"""Trials per transaction. Other writers go on in between."""


@dataclass(slots=True)
class Absences:
    """The absences of one run. Call `write` if the run is believed, and `keep` if it is held."""

    work: PollWork
    _absent: list[Gone] = field(default_factory=list)
    _unknown: list[Gone] = field(default_factory=list)
    _back: list[Head] = field(default_factory=list)

    def missing(self, session: Session, gone: Gone) -> None:
        """Note that the registry does not have a trial."""
        head = trials.heads(session, [gone.trial]).get(gone.trial)
        if head is None or not head.versions:
            self._note_unknown(gone, head)
            return
        self._absent.append(gone)
        self.work.survey.missing += head.gone_since is None

    def back(self, head: Head) -> None:
        """Note that the registry has a trial that was gone, with the version we hold."""
        self._back.append(head)

    def keep(self) -> None:
        """Keep the missing trials with the held run, so that a person can accept them."""
        self.work.counters.absent = [(gone.trial, gone.status) for gone in self._absent]

    def write(self, session: Session) -> None:
        work = self.work
        for gone in self._absent:
            head = trials.heads(session, [gone.trial])[gone.trial]
            # One 404 may be a fault of the registry, so a trial is gone only after several on different data.
            times = trials.missed(session, gone.trial, work.data_timestamp, work.now)
            work.counters.unchanged += 1
            if times >= GONE_AFTER:
                _tell_gone(session, work, gone, head)
        for gone in self._unknown:
            trials.missed(session, gone.trial, work.data_timestamp, work.now)
            work.counters.unknown.add(gone.trial)
        for old in self._back:
            head = trials.heads(session, [old.trial])[old.trial]  # an import may have moved it since it was read
            row = lone_event(trial_came_back(head), head, work.day, work.now, work.run)
            work.enter(session, [NewStep(None, (row,), head.current_version)])
            trials.set_gone(session, head.trial, None)

    def _note_unknown(self, gone: Gone, head: Head | None) -> None:
        """Note an unknown id: a typing error or a trial not registered yet. Only the first time is it a failure."""
        self._unknown.append(gone)
        if head is None or not head.is_unknown:
            reason = f"The registry does not know {gone.trial} ({gone.status})"
            self.work.counters.fail(gone.trial, reason, FailureKind.UNKNOWN_TRIAL)
        else:
            self.work.counters.unchanged += 1


def write_accepted(work: PollWork, absent: Iterable[Gone], held_at: datetime) -> None:
    """Write that trials are gone, as a person has checked. A trial that was read since is left alone."""
    for some in batches(absent, _AT_ONCE):
        with work.context.database.write() as session:
            take_turn(session)
            heads = trials.heads(session, [gone.trial for gone in some])
            missing = [it for it in some if _is_missing(session, work, heads[it.trial], held_at)]
            steps = [_gone_step(work, gone, heads[gone.trial]) for gone in missing]
            work.enter(session, steps)
            for gone in missing:
                trials.missed(session, gone.trial, work.data_timestamp, work.now)
                trials.set_gone(session, gone.trial, work.now)
        work.counters.unchanged += len(some)


def _is_missing(session: Session, work: PollWork, head: Head, held_at: datetime) -> bool:
    """Return whether nothing was heard of a trial since a run was held, and it is not told to be gone."""
    read_since = head.full_read_at is not None and head.full_read_at > held_at
    newer = any(is_ahead(read, work.data_timestamp, work.now) for read in head.reads)
    merged = watches.resolve(session, head.trial) != head.trial
    return head.gone_since is None and not (read_since or newer or merged)


def _tell_gone(session: Session, work: PollWork, gone: Gone, head: Head) -> None:
    if head.gone_since is not None:
        return
    work.enter(session, [_gone_step(work, gone, head)])
    trials.set_gone(session, gone.trial, work.now)


def _gone_step(work: PollWork, gone: Gone, head: Head) -> NewStep:
    event = trial_event("trial.gone", Severity.MAJOR, f"The registry no longer has this trial ({gone.status})")
    row = lone_event(event, head, work.day, work.now, work.run, to_content="gone")
    return NewStep(None, (row,), head.current_version)
