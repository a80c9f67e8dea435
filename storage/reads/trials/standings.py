"""The kept results statuses: which are valid, which trials have one, and the changes that dates slipped by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import orjson

from storage.reads.query import Query, Value
from storage.reads.row_reader import RowReader
from storage.values.batches import batches

__all__ = ["KEPT", "DateChange", "date_changes", "kept", "read_so_far"]

Named = dict[str, Value]


class _Kept(NamedTuple):
    trial: str
    told: str


class _Trial(NamedTuple):
    trial: str


class DateChange(NamedTuple):
    """One change of a date: its texts before and after, None for none."""

    trial: str
    field: str
    before: str | None
    after: str | None


KEPT: Final = Query(
    """
    SELECT s.trial, s.told FROM standing s JOIN trial t ON t.trial = s.trial
    WHERE s.versions = t.versions AND s.current_version = t.current_version AND s.rules = :rules
    AND s.trial IN (:trials)
    """,
    _Kept,
)
_READ_SO_FAR: Final = """
    SELECT t.trial FROM trial t JOIN watch w ON w.trial = t.trial WHERE w.active AND t.current_version IS NOT NULL
"""
_DATES: Final = """
    SELECT e.trial, f.field, f.before, f.after FROM event e JOIN field_change f ON f.seq = e.seq
    WHERE e.kind IN (:kinds) AND f.field IN (:fields)
"""
_IN_TIME: Final = 'ORDER BY e.trial COLLATE "C", e.effective COLLATE "C", e.seq'


def kept(reader: RowReader, trials: Iterable[str], rules: str) -> dict[str, str]:
    """Return the JSON texts of the kept statuses of `trials` that are valid: of these versions, by these rules."""
    return {row.trial: row.told for some in batches(trials) for row in reader.rows(KEPT, trials=some, rules=rules)}


def read_so_far(tag: str | None) -> tuple[Query[_Trial], Named]:
    """Return the query for the watched trials (with `tag`) that have a version, sorted."""
    tagged = "" if tag is None else "AND t.trial IN (SELECT g.trial FROM tag g WHERE g.tag = :tag)"
    sql = f'{_READ_SO_FAR} {tagged} ORDER BY t.trial COLLATE "C"'
    return Query(sql, _Trial), {} if tag is None else {"tag": tag}


def date_changes(reader: RowReader, fields: Mapping[str, str], only: Sequence[str] | None = None) -> list[DateChange]:
    """Return all stored changes of these dates (kind of event -> field), by trial and in the order of time.

    `only`: of these trials alone, at most `IN_LIMIT`.
    """
    named: Named = {"kinds": list(fields), "fields": list(fields.values())}
    some = ""
    if only is not None:
        some, named["only"] = "AND e.trial IN (:only)", list(only)
    query = Query(f"{_DATES} {some} {_IN_TIME}", DateChange)
    return [row._replace(before=_text(row.before), after=_text(row.after)) for row in reader.rows(query, **named)]


def _text(value: str | None) -> str | None:
    found = None if value is None else orjson.loads(value)
    return found if isinstance(found, str) else None
