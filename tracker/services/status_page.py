"""The health of the watch with what stands behind it: polls, next looks, records that could not be read, checks."""

from __future__ import annotations

from datetime import datetime

from storage.engine.database import Database
from storage.polling import runs
from storage.versions import trials
from tracker.api.pages import PlannedLook, PollLine, StatusPage, StoredDoubt
from tracker.config.settings import Settings
from tracker.recording.row_mapping import instant_out
from tracker.records.text import one_line
from tracker.services.diagnostics.doctor import examine
from tracker.services.status import status

__all__ = ["status_page"]

_POLLS = 20
_LOOKS = 10


def status_page(database: Database, now: datetime, settings: Settings, *, checks: bool = False) -> StatusPage:
    """Return the health, the next looks, the last polls, and the records that could not be read.

    With `checks`, also what could keep this installation from working. Nothing is dialled for it.
    """
    with database.read() as session:
        polls = [
            PollLine(
                run=it.id or 0,
                register=it.registry_name,
                began=instant_out(it.started_at),
                outcome=it.outcome,
                checked=it.checked,
                new=it.new,
                changed=it.changed,
                requests=it.requests,
            )
            for it in runs.latest(session, _POLLS)
        ]
        doubts = [
            StoredDoubt(trial=it.trial, reason=it.reason, since=instant_out(it.first_seen_at))
            for it in runs.active_quarantines(session)
        ]
        looks = [
            PlannedLook(trial=it.trial, title=one_line(it.title) or None, at=instant_out(it.next_check_at))
            for it in trials.upcoming(session, _LOOKS)
            if it.next_check_at is not None
        ]
    return StatusPage(
        status=status(database, now, settings),
        looks=looks,
        polls=polls,
        quarantined=doubts,
        checks=examine(settings, offline=True) if checks else None,
    )
