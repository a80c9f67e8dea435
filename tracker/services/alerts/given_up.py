"""Given-up messages that no channel could report to their owner: found once, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from storage.engine.database import Database
from storage.outbox import queries
from storage.outbox.queries import Unreported
from tracker.alerts.config import examine
from tracker.config.settings import Settings
from tracker.delivery.channel_notices import KINDS, ways
from tracker.processes.process_name import holder_name

__all__ = ["take_given_up"]


def take_given_up(database: Database, settings: Settings, now: datetime) -> Sequence[Unreported]:
    """Return these messages, and note that a person was told. Nothing is written if there is none."""
    with database.read() as session:
        found = _unreported(session, settings)
    if found:
        with database.write() as session:
            queries.mark_reported(session, [it.key for it in found], now, holder_name(), "on a terminal")
    return found


def _unreported(session: Session, settings: Settings) -> list[Unreported]:
    unreported = queries.unreported(session)
    if not unreported:
        return []
    alerts, _ = examine(settings)
    return [it for it in unreported if it.kind in KINDS or not ways(alerts, session, it.channel)]
