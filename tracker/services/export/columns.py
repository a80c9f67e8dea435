"""What an exported table is: columns of a kind, and rows that come a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal

from storage.engine.database import Database
from storage.versions.timeline import LaidRow
from tracker.errors import RecordError
from tracker.records.dates import precision
from tracker.services.changes.moments import Moment

__all__ = [
    "ExportColumn",
    "ExportTable",
    "Kind",
    "LeftOut",
    "Row",
    "Rows",
    "RowsWanted",
    "columns",
    "day_of",
    "is_wanted",
]

Kind = Literal["text", "integer", "number", "boolean", "day", "instant", "json"]
"""A "json" value is any JSON value: text if a format has only text, bare if it is text itself.

A "day" is the text of a whole day (`2026-05-12`), or None. A date of which a registry may give the month or the year
alone is a "text", with the whole day in a column of its own beside it (`day_of`).
"""


@dataclass(frozen=True, slots=True)
class ExportColumn:
    name: str
    kind: Kind = "text"


Row = dict[str, Any]
"""One row: column -> value."""
LeftOut = list[RecordError]


@dataclass(frozen=True, slots=True)
class RowsWanted:
    """Which rows of a table. `today` decides due dates. `trials` is None for all."""

    since: Moment
    today: date
    trials: Collection[str] | None = None


Rows = Callable[[Database, RowsWanted, LeftOut], Iterator[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class ExportTable:
    """One table to export.

    `rows` yields mappings with a value or None for each column. Trials with a version that cannot be read are left out
    of values read from records, and named in the last argument.
    """

    columns: tuple[ExportColumn, ...]
    rows: Rows


def columns(**kinds: Kind) -> tuple[ExportColumn, ...]:
    return tuple(ExportColumn(name, kind) for name, kind in kinds.items())


def day_of(text: str | None) -> str | None:
    """Return `text` if it is a whole day. None for a month, a year, or anything else: a day is never guessed."""
    return text if text and len(text) == len("2026-05-12") and precision(text) == "day" else None


def is_wanted(item: LaidRow, since: Moment) -> bool:
    """Compare as for changes: polled versions by the instant of observation, others by the day they took effect."""
    if since.day is None and since.instant is None:
        return True
    instant = since.instant or datetime.combine(datetime.fromisoformat(since.day or "").date(), time.min, UTC)
    if item.row.source == "poll":
        return item.row.observed_at >= instant
    return item.effective >= (since.day or instant.date().isoformat())
