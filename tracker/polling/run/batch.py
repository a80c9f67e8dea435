"""A poll in progress, as its steps pass it on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from storage.versions.snapshots import Committed, NewStep
from tracker.changes.guards import Survey
from tracker.context.context import Context
from tracker.context.progress import Progress
from tracker.polling.planning.timestamps import day_of_data
from tracker.polling.run.report import PollCounters
from tracker.registries.registry import Client, Registry

__all__ = ["PollWork", "batch_of"]


def batch_of(run: int) -> str:
    """Return the name under which a run's messages are held back until the run ends."""
    return f"run:{run}"


@dataclass(slots=True)
class PollWork:
    """One poll in progress: what it works with, what it has counted, and what the run looks like so far."""

    context: Context
    registry: Registry
    now: datetime
    run: int
    data_timestamp: str
    progress: Progress
    after_hold: bool
    named: Sequence[str] = ()
    confirmed: Sequence[str] = ()
    counters: PollCounters = field(default_factory=PollCounters)
    survey: Survey = field(default_factory=Survey)

    @property
    def client(self) -> Client:
        return self.context.clients[self.registry.name]

    @property
    def day(self) -> str:
        return day_of_data(self.data_timestamp[:10], self.now)

    @property
    def batch(self) -> str:
        return batch_of(self.run)

    def enter(self, session: Session, steps: Sequence[NewStep]) -> list[Committed]:
        """Write steps and their messages. The messages are held back until this run ends."""
        return self.context.event_writer.enter(session, steps, self.now, self.batch)
