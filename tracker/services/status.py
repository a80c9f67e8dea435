"""The health of the watch, for a person or a monitor."""

from __future__ import annotations

from datetime import datetime

from storage.reads.door import ReadDoor
from tracker.alerts.config import examine as examine_alerts
from tracker.api.poll import Status
from tracker.config.settings import Settings
from tracker.services.diagnostics.health import health

__all__ = ["status"]


def status(door: ReadDoor, now: datetime, settings: Settings) -> Status:
    """Return the health of the store's watch, with what the settings say about alerts. No request is made."""
    with door.read() as reader:
        return health(reader, door.path, now, *examine_alerts(settings))
