"""What a process holds open while it works: store, clock, registries. `tracker.app` builds and closes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from schedules.clock import Clock
from storage.engine.database import Database
from storage.errors import PollLocked
from storage.polling.locks import poll_lock
from tracker.alerts.config import AlertConfig
from tracker.errors import Busy
from tracker.recording.event_writer import EventWriter
from tracker.registries.registry import Client, Registry
from tracker.results.thresholds import DUE_SOON_DAYS

__all__ = ["PATIENCE_SECONDS", "Context"]

PATIENCE_SECONDS = 30.0
"""How many seconds a second poll waits for the first."""


@dataclass(frozen=True, slots=True)
class Context:
    """The collaborators of every step. `registries` and `clients` have the same names.

    `holder`: the name of this process for others that wait for it. `due_soon_days`: how many days before results are
    due to send a warning. `keep_days`: see `storage.outbox.retention`; 0 keeps everything.
    `derived`: the folder for files that can be made again from the store; None keeps them in memory.
    """

    database: Database
    clock: Clock
    registries: Mapping[str, Registry]
    clients: Mapping[str, Client]
    holder: str
    alerts: AlertConfig
    due_soon_days: tuple[int, ...] = DUE_SOON_DAYS
    keep_days: int = 0
    derived: Path | None = None

    @property
    def event_writer(self) -> EventWriter:
        """Return a writer for events and the messages about them."""
        return EventWriter(self.alerts.book)

    @contextmanager
    def poll_turn(self, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
        """Hold the poll lock: one poll at a time per store. Raise Busy with the holder if `patience` seconds pass."""
        started = self.clock.stopwatch()

        def wait() -> bool:
            if self.clock.stopwatch() - started > patience:
                return False
            self.clock.pause(0.2)
            return True

        try:
            with poll_lock(self.database, self.holder, wait):
                yield
        except PollLocked as held:
            raise Busy(
                f"Another poll is running ({held.holder}); try again when it is done", subject=held.holder
            ) from held
