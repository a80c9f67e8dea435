"""When watched trials are checked next, and those that their registry does not know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple

from storage.reads.query import Query
from storage.reads.row_reader import RowReader
from storage.values.trial_head import NOT_FOUND

__all__ = ["LateRead", "PlannedCheck", "first_check", "long_unread", "never_found", "upcoming"]

_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
"""Before every planned check. SQLite passes over rows without one only if it compares, not if it asks for NULL."""


class PlannedCheck(NamedTuple):
    trial: str
    title: str
    at: datetime


class LateRead(NamedTuple):
    trial: str
    registry: str
    read_at: datetime


class _At(NamedTuple):
    at: datetime


class _Trial(NamedTuple):
    trial: str


# Not a join: SQLite would begin with all that are watched, and sort them.
_IS_WATCHED: Final = "EXISTS (SELECT 1 FROM watch w WHERE w.trial = t.trial AND w.active)"
_PLANNED: Final = f"FROM trial t WHERE t.next_look_at > :before_all AND {_IS_WATCHED} ORDER BY t.next_look_at"
_FIRST: Final = Query(f"SELECT t.next_look_at {_PLANNED} LIMIT 1", _At)
_UPCOMING: Final = Query(
    f'SELECT t.trial, t.title, t.next_look_at {_PLANNED}, t.trial COLLATE "C" LIMIT :most', PlannedCheck
)
_LONG_UNREAD: Final = Query(
    f"""
    SELECT t.trial, t.registry_name, t.full_read_at FROM trial t
    WHERE t.next_look_at > :before_all AND t.next_look_at <= :soon
    AND t.full_read_at < :before AND t.gone_since IS NULL AND {_IS_WATCHED}
    ORDER BY t.full_read_at, t.trial COLLATE "C"
    """,
    LateRead,
)
"""What could not be read is checked again soon, so only the rows of the next checks are looked at."""
_NEVER_FOUND: Final = Query(
    f"""
    SELECT t.trial FROM trial t
    WHERE t.mark IS NULL AND t.refused_data_timestamp IS NULL AND t.current_version IS NULL
    AND {NOT_FOUND} AND {_IS_WATCHED}
    """,
    _Trial,
)


def first_check(reader: RowReader) -> datetime | None:
    """Return when the first check of a watched trial is planned. None if none is."""
    found = reader.first(_FIRST, before_all=_BEFORE_ALL)
    return found.at if found else None


def upcoming(reader: RowReader, most: int) -> list[PlannedCheck]:
    """Return the watched trials whose next check is planned soonest, the soonest first."""
    return reader.rows(_UPCOMING, before_all=_BEFORE_ALL, most=most)


def long_unread(reader: RowReader, before: datetime, soon: datetime) -> list[LateRead]:
    """Return the watched trials that were last read before `before`, the longest ago first.

    Only those whose next check is due or planned up to `soon`.
    """
    return reader.rows(_LONG_UNREAD, before_all=_BEFORE_ALL, before=before, soon=soon)


def never_found(reader: RowReader) -> list[str]:
    """Return watched trials, sorted, that were never read and that the registry did not know when asked for alone."""
    # Sorted here: in the order of the ids SQLite would read all trials.
    return sorted(row.trial for row in reader.rows(_NEVER_FOUND))
