"""A page of what is owed in the shape of the outside contract, and where the next one begins."""

from __future__ import annotations

from datetime import date

from storage.engine.database import Database
from storage.reads.door import ReadDoor
from tracker.api.lists import OwedResults
from tracker.api.pages import DueNext, SponsorOwing
from tracker.services.results.owed_page import OwedRequest, owed_page
from tracker.services.unread_trials import unread_trials

__all__ = ["owed_results"]


def owed_results(door: ReadDoor, database: Database, request: OwedRequest, today: date) -> OwedResults:
    """Return one page. Raise UsageError as `owed_page` does. `next` is the `offset` of the next page, as text."""
    found = owed_page(door, database, request, today)
    end = request.offset + found.length
    return OwedResults(
        owing=list(found.rows),
        total=found.total,
        late=found.late,
        trials=found.trials,
        perhaps=found.perhaps,
        due=[DueNext(**{**it._asdict(), "due": it.due.isoformat()}) for it in found.ahead],
        due_total=found.ahead_total,
        sponsors=[SponsorOwing(**it._asdict()) for it in found.sponsors],
        waiting=found.waiting,
        unread=unread_trials(found.left_out),
        next=str(end) if found.length and end < found.total else None,
    )
