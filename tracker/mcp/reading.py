"""What the tools read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from schedules.clock import Clock
from storage.engine.database import Database
from storage.reads.door import ReadDoor
from storage.reads.health import monitoring, polls
from tracker.api.assistants import RegistryData, Source
from tracker.recording.instants import instant_out
from tracker.services.results.kept.keeper import Trouble

__all__ = ["Reading"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A store that can only be read. Threads share it.

    `derived`: the folder of the index of similar trials. `trouble`: where a fault of ours is logged.
    """

    database: Database
    door: ReadDoor
    clock: Clock
    derived: Path
    trouble: Trouble

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def today(self) -> date:
        return self.now.date()

    def store(self) -> str:
        """Return the id of the store."""
        with self.door.read() as reader:
            return reader.one(monitoring.STORE).store

    def source(self) -> Source:
        """Return what an answer rests on. Ask before the answer is made: a cursor must never be ahead of it."""
        with self.door.read() as reader:
            row = reader.one(monitoring.STORE)
            last = reader.rows(polls.LAST_OF_EACH)
        return Source(
            store=row.store,
            seq=row.seq,
            as_of=instant_out(self.now),
            registries=[
                RegistryData(registry=it.registry, data=it.data_timestamp, polled_at=instant_out(it.started_at))
                for it in last
            ],
        )
