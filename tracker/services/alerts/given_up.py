"""Given-up messages that no channel could report to their owner: found once, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from storage.engine.database import Database
from storage.outbox import queries
from storage.outbox.queries import Untold
from tracker.alerts.config import examine
from tracker.config.settings import Settings
from tracker.delivery.channel_notices import KINDS, ways
from tracker.processes.process_name import holder_name

__all__ = ["take_given_up"]


def take_given_up(database: Database, settings: Settings, now: datetime) -> Sequence[Untold]:
    """Return these messages, and note that a person was told. Nothing is written if there is none."""
    with database.read() as session:
        found = _untold(session, settings)
    if found:
        with database.write() as session:
            queries.mark_told(session, [it.key for it in found], now, holder_name(), "on a terminal")
    return found


def _untold(session: Session, settings: Settings) -> list[Untold]:
    untold = queries.untold(session)
    if not untold:
        return []
    alerts, _ = examine(settings)
    return [it for it in untold if it.kind in KINDS or not ways(alerts, session, it.channel)]
