"""What the tools read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from schedules.clock import Clock
from storage.engine.database import Database
from storage.polling import runs
from storage.reads.door import ReadDoor
from storage.versions import history
from tracker.api.assistants import RegistryData, Source
from tracker.recording.row_mapping import instant_out
from tracker.services.results.keeper import Trouble

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
        with self.database.read() as session:
            return history.store(session).store_id

    def source(self) -> Source:
        """Return what an answer rests on. Ask before the answer is made: a cursor must never be ahead of it."""
        with self.database.read() as session:
            row = history.store(session)
            polls = runs.last_of_each(session)
        return Source(
            store=row.store_id,
            seq=row.seq,
            as_of=instant_out(self.now),
            registries=[
                RegistryData(registry=it.registry_name, data=it.data_timestamp, polled_at=instant_out(it.started_at))
                for it in polls
            ],
        )
