"""A page of the list of trials: filtered, sorted and counted in the store, so that it is there at once.

Only the sort and the filters rest on cached values, which may lag behind for a moment. What a row shows never does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from storage.engine.database import Database
from storage.reads.door import ReadDoor, Reader
from storage.reads.trials import stored_trials
from storage.reads.trials.trial_filter import SORTS, After, TrialFilter, count_by_results, without_results
from storage.reads.trials.trial_pages import Order, page
from storage.values.states import ResultsState
from tracker.api.trials import Trial
from tracker.errors import RecordError, UsageError
from tracker.results.scorecard import days_late, days_overdue, first_due
from tracker.services.listing.listed_rows import listed_rows
from tracker.services.page_cursor import page_cursor, read_cursor
from tracker.services.results.kept.shown_statuses import ShownStatus, read_statuses
from tracker.services.tag_by_door import refuse_unknown_tag

__all__ = [
    "LARGEST_PAGE",
    "UNTOLD",
    "StatusCount",
    "TagCount",
    "TrialSort",
    "TrialsPage",
    "TrialsRequest",
    "all_statuses",
    "all_tags",
    "trials_page",
]

UNTOLD = "unknown"
"""Stands for the state of the results of a trial that no version tells of."""
LARGEST_PAGE = 1000
_MOST_WORDS = 20
_LONGEST_WORD = 100
_OF_STATUS = ("sponsor", "due", "overdue", "late", "posted", "slip", "changed")


class TrialSort(StrEnum):
    """What a page is sorted by."""

    TRIAL = "trial"
    TITLE = "title"
    STATUS = "status"
    CHANGED = "changed"
    DUE = "due"
    SLIP = "slip"
    CHECKED = "checked"
    LATE = "late"
    """The days for which results have been missing past the grace."""


@dataclass(frozen=True, slots=True)
class TrialsRequest:
    """Which trials to show, and in which order."""

    watched_only: bool = True
    #: Only these. None for all.
    trials: Sequence[str] | None = None
    tag: str | None = None
    #: The registries' codes.
    statuses: Sequence[str] | None = None
    #: States of the results, or `UNTOLD`.
    results: Sequence[str] | None = None
    #: Only trials whose results are missing past the grace today.
    owing: bool = False
    #: All of them must occur in id, title or sponsor, in any case.
    words: str = ""
    sort: TrialSort = TrialSort.CHANGED
    #: None for the usual direction: the latest change, the largest slip and the most days late first, else the
    #: smallest. Trials without a value always come last.
    descending: bool | None = None
    limit: int = 50
    offset: int = 0
    #: `next` of the page before. It takes the place of `offset`.
    after: str | None = None


@dataclass(frozen=True, slots=True)
class TrialsPage:
    """One page of a list of trials."""

    #: Every key of `Trial` is there.
    rows: Sequence[Trial]
    #: Trials that match, on all pages.
    total: int
    #: State of the results, or `UNTOLD` -> trials that match all filters but this one.
    by_results: Mapping[str, int]
    #: `after` of the next page. None for the last one.
    next: str | None
    #: Trials whose results status was not worked out so far. Sort and filters do not know about them.
    waiting: int
    #: Versions of the shown trials that could not be read.
    left_out: Sequence[RecordError]


class TagCount(NamedTuple):
    """A tag, and the watched trials that have it."""

    tag: str
    trials: int


class StatusCount(NamedTuple):
    """A status of trials, and the watched trials that have it."""

    status: str
    trials: int


def trials_page(door: ReadDoor, database: Database, request: TrialsRequest, now: datetime) -> TrialsPage:
    """Return one page. Raise UsageError for a tag that nothing has, and for a bad limit, offset, `after`, words."""
    wanted = _filter(request, now)
    refuse_unknown_tag(door, lambda: nullcontext(database), request.tag)
    with door.read() as reader:
        chosen = _chosen(reader, request, wanted, now)
        counts = _counted(reader, wanted)
        shown = [row.trial for row in chosen[: request.limit]]
        rows = listed_rows(reader, shown)
        statuses = read_statuses(reader, [row.trial for row in rows if row.version is not None])
        [waiting] = reader.remembered_one(stored_trials.WAITING)
    statuses.work_out(database)
    has_more = len(chosen) > request.limit
    return TrialsPage(
        rows=[_with_status(row, statuses.found.get(row.trial), now.date()) for row in rows],
        total=sum(number for state, number in counts.items() if request.results is None or state in request.results),
        by_results=counts,
        next=page_cursor(_order(request), chosen[request.limit - 1]) if has_more else None,
        waiting=waiting,
        left_out=statuses.left_out,
    )


def all_tags(door: ReadDoor) -> list[TagCount]:
    """Return the tags of watched trials, those of most trials first."""
    with door.read() as reader:
        return [TagCount(row.value or "", row.trials) for row in reader.remembered(stored_trials.TAGS)]


def all_statuses(door: ReadDoor) -> list[StatusCount]:
    """Return the statuses of watched trials, those of most trials first."""
    with door.read() as reader:
        return [StatusCount(row.value or "", row.trials) for row in reader.remembered(stored_trials.STATUSES)]


def _filter(request: TrialsRequest, now: datetime) -> TrialFilter:
    if not 1 <= request.limit <= LARGEST_PAGE:
        raise UsageError(f"A page has from 1 to {LARGEST_PAGE} trials, not {request.limit}", subject="limit")
    if request.offset < 0:
        raise UsageError("A page cannot begin before the first trial", subject="offset")
    words = request.words.split()
    if len(words) > _MOST_WORDS or any(len(word) > _LONGEST_WORD for word in words):
        raise UsageError(
            f"A search takes at most {_MOST_WORDS} words of {_LONGEST_WORD} characters each", subject="words"
        )
    results = request.results
    return TrialFilter(
        watched_only=request.watched_only,
        trials=request.trials,
        tag=request.tag,
        statuses=request.statuses,
        results=None if results is None else [None if it == UNTOLD else it for it in results],
        owing_on=now.date().isoformat() if request.owing else None,
        words=words,
    )


def _order(request: TrialsRequest) -> str:
    return f"{request.sort}:{'desc' if _is_descending(request) else 'asc'}"


def _is_descending(request: TrialsRequest) -> bool:
    return SORTS[request.sort].is_descending if request.descending is None else request.descending


def _chosen(reader: Reader, request: TrialsRequest, wanted: TrialFilter, now: datetime) -> list[After]:
    """Return the trials of the page in order, and one more if there is one."""
    after = None if request.after is None else After(*read_cursor(_order(request), request.after))
    descending = _is_descending(request)
    # The most days late are those since the earliest day.
    if request.sort == TrialSort.LATE:
        descending = not descending
    order = Order(
        request.sort,
        descending=descending,
        today=now.date().isoformat(),
        after=after,
        offset=0 if after else request.offset,
    )
    return [After(*row) for row in page(reader, wanted, order, request.limit + 1)]


def _counted(reader: Reader, wanted: TrialFilter) -> dict[str, int]:
    query, named = count_by_results(without_results(wanted))
    return dict(zip((*ResultsState, UNTOLD), reader.remembered_one(query, **named), strict=True))


def _with_status(row: Trial, status: ShownStatus | None, today: date) -> Trial:
    """Return the row with the keys that its results status fills. They are null without one."""
    if status is None:
        return msgspec.structs.replace(row, **dict.fromkeys(_OF_STATUS))
    due = first_due(status.results)
    values: dict[str, Any] = {
        "sponsor": status.results.sponsor,
        "due": due.isoformat() if due else None,
        "overdue": days_overdue(status.results, today),
        "late": days_late(status.results, today),
        "posted": status.results.posted,
        "slip": status.slip,
        "changed": status.changed,
    }
    return msgspec.structs.replace(row, **values)
