"""What a person sees first, beside what changed: what is overdue, and what is due next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from storage.engine.database import Database
from storage.reads.changes import stored_changes
from storage.reads.door import ReadDoor
from storage.reads.trials import stored_duties, stored_trials
from storage.reads.trials.stored_duties import DutyFilter
from tracker.api.results import Owed
from tracker.services.results.owed_page import Ahead, Duties

__all__ = ["Today", "today_summary"]


@dataclass(frozen=True, slots=True)
class Today:
    """A summary of a store."""

    #: The seq of the last event of the store.
    last_seq: int
    watched: int
    #: The results that have been missing longest past the grace, and how many there are.
    overdue: Sequence[Owed]
    overdue_total: int
    #: The results that are due next, and how many there are.
    ahead: Sequence[Ahead]
    ahead_total: int


def today_summary(door: ReadDoor, database: Database, today: date, *, at_most: int = 5) -> Today:
    """Return how many trials are watched, and `at_most` duties of each kind."""
    wanted = DutyFilter(today.isoformat())
    with door.read() as reader:
        last_seq = reader.one(stored_changes.LAST_SEQ).number
        watched = reader.remembered_one(stored_trials.WATCHED).number
        query, named = stored_duties.owed(wanted, "late", limit=at_most, offset=0, only_late=True)
        late = reader.remembered(query, **named)
        query, named = stored_duties.ahead(wanted, None, at_most)
        ahead = reader.remembered(query, **named)
        of_owed, named = stored_duties.count_owed(wanted)
        overdue_total = reader.remembered_one(of_owed, **named).late
        of_ahead, named = stored_duties.count_ahead(wanted, None)
        ahead_total = reader.remembered_one(of_ahead, **named).number
        shown = Duties.read(reader, [*late, *ahead], today)
    shown.statuses.work_out(database)
    return Today(
        last_seq=last_seq,
        watched=watched,
        overdue=shown.owed(late),
        overdue_total=overdue_total,
        ahead=shown.ahead(ahead),
        ahead_total=ahead_total,
    )
