"""The watched trials with what a list shows of them: rows, notes, and how many there are of a kind."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from storage.reads.query import Query, Value

__all__ = [
    "LISTED",
    "NOTED_ALIASES",
    "NOTES",
    "NOTE_COUNT",
    "STANDINGS",
    "STATUSES",
    "TAGS",
    "WAITING",
    "WATCHED",
    "Counted",
    "ListedTrial",
    "Named",
    "StoredStatus",
    "watched_after",
]

Named = dict[str, Value]


class ListedTrial(NamedTuple):
    """What a list shows of a trial. The names are those of `TrialRow`."""

    trial: str
    current_version: int | None
    last_checked_at: datetime | None
    next_check_at: datetime | None
    next_check_reason: str
    gone_since: datetime | None
    title: str
    status: str
    enrollment_count: int | None
    enrollment_type: str
    results: str | None
    #: Whether it is watched.
    active: bool


class StoredStatus(NamedTuple):
    """The cached results status of a trial. `is_valid`: it was made from the trial's versions, and knows all events."""

    trial: str
    told: str
    slip: int | None
    changed: str | None
    is_valid: bool


class _Number(NamedTuple):
    number: int


class _Id(NamedTuple):
    trial: str


class Counted(NamedTuple):
    """A value, and the number of trials that have it."""

    value: str | None
    trials: int


class _Note(NamedTuple):
    id: int
    trial: str
    noted_at: datetime
    text: str


class _Alias(NamedTuple):
    alias: str
    trial: str


_LISTED = """
    SELECT t.trial, t.current_version, t.last_checked_at, t.next_look_at, t.next_check_reason, t.gone_since, t.title,
           t.status, t.enrollment_count, t.enrollment_type, t.results, coalesce(w.active, FALSE)
    FROM trial t
    LEFT JOIN watch w ON w.trial = t.trial
"""
LISTED: Final = Query(f"{_LISTED} WHERE t.trial IN (:trials)", ListedTrial)
STANDINGS: Final = Query(
    """
    SELECT s.trial, s.told, s.slip, s.changed,
           s.versions = t.versions AND s.current_version = t.current_version AND s.rules = :rules
           AND s.seq >= coalesce((SELECT max(e.seq) FROM event e WHERE e.trial = s.trial), 0)
    FROM standing s JOIN trial t ON t.trial = s.trial
    WHERE s.trial IN (:trials)
    """,
    StoredStatus,
)
NOTES: Final = Query("SELECT id, trial, noted_at, text FROM note WHERE trial IN (:trials)", _Note)
NOTE_COUNT: Final = Query("SELECT count(*) FROM note", _Number)
NOTED_ALIASES: Final = Query("SELECT alias, trial FROM alias WHERE alias IN (SELECT trial FROM note)", _Alias)
"""The obsolete ids that have notes of their own. Notes are few."""
WATCHED: Final = Query("SELECT count(*) FROM watch WHERE active", _Number)
TAGS: Final = Query(
    """
    SELECT g.tag, count(*) FROM tag g WHERE g.trial IN (SELECT w.trial FROM watch w WHERE w.active)
    GROUP BY g.tag ORDER BY count(*) DESC, g.tag COLLATE "C"
    """,
    Counted,
)
STATUSES: Final = Query(
    """
    SELECT t.status, count(*) FROM trial t WHERE t.trial IN (SELECT w.trial FROM watch w WHERE w.active)
    AND t.status <> '' GROUP BY t.status ORDER BY count(*) DESC, t.status COLLATE "C"
    """,
    Counted,
)
WAITING: Final = Query(
    """
    SELECT (SELECT count(*) FROM trial WHERE current_version IS NOT NULL) - (SELECT count(*) FROM standing)
    """,
    _Number,
)
"""The number of trials, watched or not, that have a version and no results status. Only such trials have one."""


def watched_after(tag: str | None, after: str, limit: int) -> tuple[Query[ListedTrial], Named]:
    """Return the query for the rows of the next watched trials, with `tag` if given, sorted."""
    tagged = "" if tag is None else " AND t.trial IN (SELECT trial FROM tag WHERE tag = :tag)"
    sql = f'{_LISTED} WHERE w.active{tagged} AND t.trial COLLATE "C" > :after ORDER BY t.trial COLLATE "C" LIMIT :limit'
    named: Named = {"after": after, "limit": limit}
    return Query(sql, ListedTrial), named if tag is None else named | {"tag": tag}
