"""A page of changes, and one change by its id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from storage.engine.database import Database
from storage.reads.changes import stored_changes
from storage.reads.changes.change_fields import fields_of
from storage.reads.door import ReadDoor, Reader
from storage.values.change_filter import ChangeFilter
from storage.values.severity import Severity
from tracker.api.changes import Change
from tracker.errors import UsageError
from tracker.recording.row_mapping import change_out
from tracker.services.known_by_door import of_stored
from tracker.services.titles import titles_of

__all__ = ["LARGEST_PAGE", "ChangesPage", "OneChange", "change_with", "changes_page"]

LARGEST_PAGE = 1000
_USUAL_PAGE = 50


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """One page of changes."""

    #: Latest first. With `after_seq` in the filter, in the order in which they came.
    changes: Sequence[Change]
    #: Titles of their trials, by id.
    titles: Mapping[str, str]
    #: Severity -> changes that match all filters but `severities`, on all pages. Empty if it was not asked for.
    by_severity: Mapping[str, int]
    #: Changes that match, on all pages.
    total: int
    #: The seq of the last event of the store.
    last_seq: int
    #: `before_seq` of the next page of earlier changes. None for the last page.
    next_before: int | None
    #: `after_seq` of the next page, for a filter with `after_seq`. None for the last page.
    next_after: int | None
    #: Named trials about which nothing is stored.
    unknown: Sequence[str]


@dataclass(frozen=True, slots=True)
class OneChange:
    """One change, and its neighbours among the changes of the same trial, by seq."""

    change: Change
    title: str | None
    #: What in the record it is about. For programs.
    subject: str
    before: int | None
    after: int | None


def changes_page(door: ReadDoor, database: Database, wanted: ChangeFilter, *, count: bool = True) -> ChangesPage:
    """Return one page of the changes that match: 50 of them, unless the filter has a `limit`.

    Without `count` the changes on other pages are not counted. Raise UnknownTrial if nothing is stored about any named
    trial, and UsageError for a tag that nothing has and for a limit out of range.
    """
    limit = _USUAL_PAGE if wanted.limit is None else wanted.limit
    if not 1 <= limit <= LARGEST_PAGE:
        raise UsageError(f"A page has from 1 to {LARGEST_PAGE} changes, not {limit}", subject="limit")
    wanted, unknown = of_stored(door, lambda: nullcontext(database), wanted)
    with door.read() as reader:
        query, named = stored_changes.choose(wanted, limit + 1)
        found = reader.rows(query, **named)
        shown, has_more = found[:limit], len(found) > limit
        fields = fields_of(reader, [row.seq for row in shown])
        titles = titles_of(reader, {row.trial for row in shown})
        counts = _counted(reader, wanted) if count else {}
        last_seq = reader.one(stored_changes.LAST_SEQ).number
    counted = [it for it in counts if wanted.severities is None or it in wanted.severities]
    return ChangesPage(
        changes=[change_out(row, fields[row.seq]) for row in shown],
        titles=titles,
        by_severity=counts,
        total=sum(counts[it] for it in counted),
        last_seq=last_seq,
        next_before=shown[-1].seq if has_more and wanted.after_seq is None else None,
        next_after=shown[-1].seq if has_more and wanted.after_seq is not None else None,
        unknown=unknown,
    )


def change_with(door: ReadDoor, key: str | int) -> OneChange | None:
    """Return the change with this id or this seq. None if there is none."""
    with door.read() as reader:
        row = (
            reader.first(stored_changes.BY_SEQ, seq=key)
            if isinstance(key, int)
            else reader.first(stored_changes.BY_ID, id=key)
        )
        if row is None:
            return None
        before, after = reader.one(stored_changes.NEIGHBOURS, seq=row.seq) if row.trial else (None, None)
        fields = fields_of(reader, [row.seq])
        title = titles_of(reader, {row.trial}).get(row.trial)
    return OneChange(change_out(row, fields[row.seq]), title, row.subject, before, after)


def _counted(reader: Reader, wanted: ChangeFilter) -> dict[str, int]:
    query, named = stored_changes.count_by_severity(wanted._replace(after_seq=None, before_seq=None))
    found = dict(zip((it.value for it in Severity), reader.remembered_one(query, **named), strict=True))
    return dict(reversed(found.items()))
