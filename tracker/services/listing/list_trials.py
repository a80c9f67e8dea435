"""The watched trials as a list, in the order that is asked for, without SQLAlchemy where their rows alone tell it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from storage.reads.door import ReadDoor
from tracker.api.trials import Trial
from tracker.context.progress import Progress, silent
from tracker.errors import RecordError
from tracker.services.listing.list_order import SortBy
from tracker.services.listing.listed_rows import watched_after
from tracker.services.tag_by_door import OpenStore, refuse_unknown_tag

__all__ = ["ListedTrials", "list_trials"]


_AT_ONCE = {"sqlite": 500, "postgresql": 20_000}
"""A server may keep its index in the order of a language, and sorts all trials again for each part."""


class ListedTrials(NamedTuple):
    """The rows in order. If sorted by a value from the versions, the rows show that value too.

    `left_out` holds versions that could not be read.
    """

    rows: Iterable[Trial]
    left_out: Sequence[RecordError] = ()


def list_trials(
    door: ReadDoor,
    store: OpenStore,
    now: datetime,
    tag: str | None,
    sort: SortBy,
    progress: Progress = silent,
) -> ListedTrials:
    """Return the watched trials, with `tag` if given. `store` opens the store for what the door cannot answer.

    Sorted by trial, the rows are read as they are asked for, so the door has to stay open until then. Raise UsageError
    for a tag that nothing has.
    """
    refuse_unknown_tag(door, store, tag)
    rows = _Rows(door, tag)
    if sort is SortBy.TRIAL:
        return ListedTrials(rows)
    if not sort.needs_versions:
        key = {SortBy.CHECKED: "last_checked"}.get(sort, sort.value)
        return ListedTrials(sorted(rows, key=lambda row: (getattr(row, key) or "", row.trial)))
    from tracker.services.listing.list_by_versions import by_versions  # noqa: PLC0415  (SQLAlchemy)

    with store() as database:
        return ListedTrials(*by_versions(database, list(rows), sort, now, progress))


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of the watched trials, sorted. Some hundred at a time are read, in a transaction of their own."""

    door: ReadDoor
    tag: str | None

    def __iter__(self) -> Iterator[Trial]:
        after = ""
        while True:
            with self.door.read() as reader:
                found = watched_after(reader, self.tag, after, _AT_ONCE[self.door.dialect])
            if not found:
                return
            yield from found
            after = found[-1].trial
