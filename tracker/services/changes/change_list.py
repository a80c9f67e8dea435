"""Changes from a cursor on, in the shape of the outside contract."""

from __future__ import annotations

from storage.engine.database import Database
from storage.reads.door import ReadDoor
from storage.values.change_filter import ChangeFilter
from tracker.api.lists import ChangeList
from tracker.services.changes.changes_page import changes_page

__all__ = ["change_list"]


def change_list(door: ReadDoor, database: Database, asked: ChangeFilter, store: str) -> ChangeList:
    """Return the changes after `asked.after_seq`, in the order of seq. Raise as `changes_page` does.

    `store`: the id of the store, read before. The filter needs an `after_seq`.
    """
    found = changes_page(door, database, asked, count=False)
    return ChangeList(
        store=store,
        changes=list(found.changes),
        # A cursor beyond the last change stays where it is.
        up_to=found.next_after or max(found.last_seq, asked.after_seq or 0),
        next=found.next_after,
        unknown=list(found.unknown),
    )
