"""The health of the watch with what stands behind it: polls, next looks, records that could not be read, checks."""

from __future__ import annotations

from datetime import datetime

from storage.reads.door import ReadDoor
from storage.reads.health import polls
from storage.reads.trials.planned_checks import upcoming
from tracker.api.pages import PlannedLook, PollLine, StatusPage, StoredDoubt
from tracker.config.settings import Settings
from tracker.recording.instants import instant_out
from tracker.records.one_line import one_line
from tracker.services.diagnostics.doctor import examine
from tracker.services.status import status

__all__ = ["status_page"]

_POLLS = 20
_LOOKS = 10


def status_page(door: ReadDoor, now: datetime, settings: Settings, *, checks: bool = False) -> StatusPage:
    """Return the health, the next looks, the last polls, and the records that could not be read.

    With `checks`, also what could keep this installation from working. Nothing is dialled for it.
    """
    with door.read() as reader:
        latest = [
            PollLine(
                run=it.run,
                register=it.registry,
                began=instant_out(it.started_at),
                outcome=it.outcome,
                checked=it.checked,
                new=it.new,
                changed=it.changed,
                requests=it.requests,
            )
            for it in reader.rows(polls.LATEST, limit=_POLLS)
        ]
        doubts = [
            StoredDoubt(trial=it.trial, reason=it.reason, since=instant_out(it.since))
            for it in reader.rows(polls.QUARANTINED)
        ]
        looks = [
            PlannedLook(trial=it.trial, title=one_line(it.title) or None, at=instant_out(it.at))
            for it in upcoming(reader, _LOOKS)
        ]
    return StatusPage(
        status=status(door, now, settings),
        looks=looks,
        polls=latest,
        quarantined=doubts,
        checks=examine(settings, offline=True) if checks else None,
    )
