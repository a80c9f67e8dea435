"""What the pages work with: the store to read, the clock, the settings, who may ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Event
from typing import Any, Protocol

from schedules.clock import Clock
from storage.engine.database import Database
from storage.reads.door import ReadDoor
from storage.versions import history
from tracker.alerts.config import AlertConfig
from tracker.config.settings import Settings
from tracker.web.access.tokens import TokenFile

__all__ = ["Site", "WebLog"]


class WebLog(Protocol):
    """Where a server writes what its operator should know."""

    def say(self, what: str, **facts: Any) -> None: ...

    def trouble(self, what: str, error: BaseException, **facts: Any) -> None: ...


@dataclass(slots=True)
class Site:
    """Shared by all threads of a server. `database` can only be read.

    `is_demo`: the store is that of the demo, whose days are partly invented. The pages say so. `stopping`: is set when
    the server begins to stop, so that requests that wait end.
    """

    database: Database
    door: ReadDoor
    clock: Clock
    settings: Settings
    alerts: AlertConfig
    tokens: TokenFile
    log: WebLog
    is_demo: bool = False
    stopping: Event = field(default_factory=Event)

    def adopt(self, settings: Settings, alerts: AlertConfig) -> None:
        """Go on with what the config file says now."""
        self.settings, self.alerts = settings, alerts

    def state(self) -> tuple[int, str]:
        """Return the seq of the last change, and the id of the store."""
        with self.database.read() as session:
            row = history.store(session)
            return row.seq, row.store_id

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def today(self) -> date:
        return self.now.date()
