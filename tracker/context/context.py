"""What one process holds open while it works: store, clock, registries. Built and closed by `tracker.app`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from schedules.clock import Clock
from storage.engine.database import Database
from storage.errors import PollLocked
from storage.polling.locks import poll_lock
from tracker.alerts.config import AlertConfig
from tracker.errors import Busy
from tracker.http.polite_client import PoliteClient
from tracker.recording.event_writer import EventWriter
from tracker.registries.registry import Registry
from tracker.results.thresholds import DUE_SOON_DAYS

__all__ = ["PATIENCE_SECONDS", "Context"]

PATIENCE_SECONDS = 30.0
"""How long a second poll waits for the first."""


@dataclass(frozen=True, slots=True)
class Context:
    """Collaborators of every step. `holder` says of this process who it is, for others that wait for it.

    `due_soon_days`: so many days before results are due a warning is raised. `keep_days`: see
    `storage.outbox.retention`; 0 for ever.
    """

    database: Database
    clock: Clock
    registries: Mapping[str, Registry]
    holder: str
    http: PoliteClient
    alerts: AlertConfig
    due_soon_days: tuple[int, ...] = DUE_SOON_DAYS
    keep_days: int = 0

    @property
    def event_writer(self) -> EventWriter:
        """Where what happened is written down, with who is to be told of it."""
        return EventWriter(self.alerts.book)

    @contextmanager
    def poll_turn(self, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
        """One poll at a time per database. Raises Busy, naming the holder, when patience is over."""
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
