"""The health of the watch, for a person or a monitor."""

from __future__ import annotations

from datetime import datetime

from storage.reads.door import ReadDoor
from tracker.alerts.config import examine as examine_alerts
from tracker.api.poll import Status
from tracker.config.settings import Settings
from tracker.services.config.file_mistakes import unusable_files
from tracker.services.diagnostics.health import health

__all__ = ["status"]


def status(door: ReadDoor, now: datetime, settings: Settings) -> Status:
    """Return the health of the store's watch, with what is wrong with the settings. No request is made."""
    alerts, mistakes = examine_alerts(settings)
    with door.read() as reader:
        return health(reader, door.path, now, alerts, [*mistakes, *unusable_files(settings)])
