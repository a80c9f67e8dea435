"""Polls in a row in which a registry could not be read: told once, from the second on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from storage.polling import runs
from storage.values.severity import Severity
from storage.versions.snapshots import NewStep
from storage.watching import watches
from tracker.changes.event import Event
from tracker.polling.notices import reported_of
from tracker.polling.planning.timestamps import latest_possible
from tracker.polling.run.batch import PollWork
from tracker.polling.run.report import FailureKind
from tracker.recording.event_writer import EventWriter
from tracker.recording.new_rows import event_row

__all__ = ["POLLS_TOLD_TO_WAIT", "Outage", "outage_of"]

POLLS_TOLD_TO_WAIT = 6
"""Report a registry as unreachable after more than this many polls in a row in which it only asked us to wait."""

_LEAST = 3
"""A run that asked for fewer trials than this, and not for all, says nothing about the registry."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A run that could read nothing, because the registry did not answer."""

    run: int
    registry: str
    reason: str
    #: The registry answered, and asked us to come back later.
    told_to_wait: bool

    def tell(self, session: Session, event_writer: EventWriter, now: datetime) -> None:
        """Report it, if it is not the first in a row and was not reported yet."""
        if runs.failing(session, self.registry) <= (POLLS_TOLD_TO_WAIT if self.told_to_wait else 1):
            return
        # The last data that could be read tell one outage from the next.
        last_good = runs.newest_read(session, self.registry, latest_possible(now)) or "never"
        reported = reported_of(session, "ops.unreachable", self.registry)
        if reported and reported[-1].subject == last_good:
            return
        summary = f"The registry cannot be reached: {self.reason}"
        event = Event("ops.unreachable", Severity.MAJOR, summary, subject=last_good)
        row = event_row(
            event, trial="", effective=now.date().isoformat(), observed_at=now, run=self.run, to_version=None
        )
        event_writer.enter(session, [NewStep(None, (row,), None)], now)


def outage_of(session: Session, work: PollWork) -> Outage | None:
    """Return the outage of a failed run. None if the registry answered: with records we cannot read, or with 404s.

    A record that the registry cannot give is asked for again by itself. That run fails too, and is no outage: another
    run could read the same data, or it asked for few of the trials.
    """
    failed = [item for item in work.counters.failed if item.kind != FailureKind.UNKNOWN_TRIAL]
    if not failed:
        return None
    registry = work.registry.name
    answered = (runs.newest_read(session, registry, latest_possible(work.now)) or "") >= work.data_timestamp
    few = len(work.named) < min(_LEAST, len(watches.watched(session, registry=registry)))
    if answered or few:
        return None
    told_to_wait = all(item.kind == FailureKind.TOLD_TO_WAIT for item in failed)
    return Outage(work.run, registry, failed[0].reason, told_to_wait)
