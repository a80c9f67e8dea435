"""How many changes have come since a place, of those that a page shows."""

from __future__ import annotations

from contextlib import nullcontext
from typing import NamedTuple

from storage.engine.database import Database
from storage.reads.changes import stored_changes
from storage.reads.door import ReadDoor
from storage.values.change_filter import ChangeFilter
from storage.values.severity import Severity
from tracker.services.known_by_door import of_stored

__all__ = ["Came", "new_changes"]


class Came(NamedTuple):
    """The number of changes, and the seq of the last change of the store."""

    number: int
    last_seq: int


def new_changes(door: ReadDoor, database: Database, wanted: ChangeFilter) -> Came:
    """Return how many changes match. `wanted.after_seq` is the place. Raise UnknownTrial and UsageError as a page."""
    wanted, _ = of_stored(door, lambda: nullcontext(database), wanted)
    query, named = stored_changes.count_by_severity(wanted)
    with door.read() as reader:
        counts = zip(Severity, reader.remembered_one(query, **named), strict=True)
        last_seq = reader.one(stored_changes.LAST_SEQ).number
    counted = (number for name, number in counts if wanted.severities is None or name in wanted.severities)
    return Came(sum(counted), last_seq)
