"""The health of the watch, for a person or a monitor."""

from __future__ import annotations

from datetime import datetime

from storage.engine.database import Database
from tracker.alerts.config import examine as examine_alerts
from tracker.api.poll import Status
from tracker.config.settings import Settings
from tracker.services.diagnostics.health import health

__all__ = ["status"]


def status(database: Database, now: datetime, settings: Settings) -> Status:
    """Return the health of the store's watch, with what the settings say about alerts. No request is made."""
    return health(database, now, *examine_alerts(settings))
