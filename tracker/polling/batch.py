"""A poll under way, as its steps pass it from hand to hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from storage.versions.snapshots import Committed, NewStep
from tracker.changes.guards import Survey
from tracker.context.context import Context
from tracker.context.progress import Progress
from tracker.polling.report import PollCounters
from tracker.polling.timestamps import day_of_data
from tracker.registries.registry import Client, Registry

__all__ = ["PollRun", "batch_of"]


def batch_of(run: int) -> str:
    """The name under which the messages of a run are held back until it ends."""
    return f"run:{run}"


@dataclass(slots=True)
class PollRun:
    """One poll under way: what it works with, what it has counted, what the whole run looks like so far.

    `after_hold`: the run before this one was held; `confirmed`: for these paths, if that was on older data.
    `regressed`: trials that already showed an older record than ours on older data.
    """

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
        """Write steps down with their messages, which wait for the end of this run."""
        return self.context.event_writer.enter(session, steps, self.now, self.batch)
