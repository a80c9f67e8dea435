"""Whether the trials that a question names are stored, answered by the read-only door."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

from storage.reads.changes import stored_changes
from storage.reads.in_session import SessionDoor
from storage.reads.row_reader import RowSource
from storage.values.batches import batches
from storage.values.change_filter import ChangeFilter
from tracker.services.known_trials import known_trials
from tracker.services.tag_by_door import OpenStore, refuse_unknown_tag

if TYPE_CHECKING:
    from storage.engine.database import Database

__all__ = ["known_ids", "of_stored", "opened_anyway"]


def opened_anyway(database: Database) -> tuple[RowSource, OpenStore]:
    """Return what stands for a door and for the way to the store where a database is open already."""
    return SessionDoor(database), lambda: nullcontext(database)


def known_ids(door: RowSource, wanted: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Sort ids into those that are stored and those that are not, and follow obsolete ones.

    Raise UnknownTrial if nothing is stored about any.
    """
    with door.read() as reader:
        # One query for most. Following obsolete ids takes some for each id.
        have = {row.trial for some in batches(wanted) for row in reader.rows(stored_changes.KNOWN, trials=some)}
        return (wanted, ()) if have.issuperset(wanted) else known_trials(reader, wanted)


def of_stored(door: RowSource, store: OpenStore, wanted: ChangeFilter) -> tuple[ChangeFilter, list[str]]:
    """Return the filter with the current ids of its trials, and those about which nothing is stored.

    Raise UnknownTrial if nothing is stored about any of them, and UsageError for a tag that nothing has.
    """
    refuse_unknown_tag(door, store, wanted.tag)
    if not wanted.trials:
        return wanted, []
    known, unknown = known_ids(door, wanted.trials)
    return wanted._replace(trials=tuple(known)), list(unknown)
