"""A page of the list of trials in the shape of the outside contract."""

from __future__ import annotations

from datetime import datetime

from storage.engine.database import Database
from storage.reads.door import ReadDoor
from tracker.api.lists import TrialList
from tracker.services.listing.trials_page import TrialsRequest, trials_page
from tracker.services.unread_trials import unread_trials

__all__ = ["found_trials"]


def found_trials(door: ReadDoor, database: Database, request: TrialsRequest, now: datetime) -> TrialList:
    """Return one page. Raise UsageError as `trials_page` does."""
    found = trials_page(door, database, request, now)
    return TrialList(
        trials=list(found.rows),
        total=found.total,
        waiting=found.waiting,
        unread=unread_trials(found.left_out),
        next=found.next,
    )
