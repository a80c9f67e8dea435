"""One page of the list of trials, by the quickest way: along an index where the order has one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from storage.reads.door import Reader
from storage.reads.query import Query
from storage.reads.trials.trial_filter import SORTS, After, Chosen, Named, TrialFilter, choose, conditions_of

__all__ = ["Order", "page"]

_INDEXED = frozenset({"changed", "due", "slip"})
"""Sorts that are columns of `standing` with an index."""


class _Number(NamedTuple):
    number: int


@dataclass(frozen=True, slots=True)
class Order:
    """How trials are sorted, and where a page begins. `today` is ISO text.

    Trials without a value come last. `after` is the last row of the page before.
    """

    sort: str
    descending: bool
    today: str
    after: After | None = None
    offset: int = 0


def page(reader: Reader, wanted: TrialFilter, order: Order, limit: int) -> list[Chosen]:
    """Return the ids of one page in order, each with the value it is sorted by."""
    if order.sort not in _INDEXED or _is_narrow(wanted) or (order.after is not None and order.after.value is None):
        return _of_all(reader, wanted, order, limit, order.after, order.offset)
    query, named = _along_index(wanted, order)
    found = reader.remembered(query, **named, limit=limit, offset=order.offset)
    if len(found) < limit:
        skipped = 0 if found or not order.offset else order.offset - _count(reader, wanted, order)
        found += _of_all(reader, wanted, order, limit - len(found), After("", None), skipped)
    return found


def _is_narrow(wanted: TrialFilter) -> bool:
    """Whether a filter may leave so few trials that a walk along the whole index would be slower than sorting them."""
    return wanted.trials is not None or wanted.tag is not None or bool(wanted.words)


def _of_all(
    reader: Reader, wanted: TrialFilter, order: Order, limit: int, after: After | None, offset: int
) -> list[Chosen]:
    query, named = choose(
        wanted,
        order.sort,
        descending=order.descending,
        after=after,
        today=order.today,
        limit=limit,
        offset=offset,
    )
    return reader.remembered(query, **named)


def _along_index(wanted: TrialFilter, order: Order) -> tuple[Query[Chosen], Named]:
    """Return the query for the trials with a value."""
    by = SORTS[order.sort]
    conditions, named = _valued(wanted, by.value)
    collate = ' COLLATE "C"' if by.is_text else ""
    if order.after is not None:
        sign = "<" if order.descending else ">"
        conditions.append(
            f"({by.value}{collate} {sign} :last_value OR "
            f'{by.value} = :last_value AND s.trial COLLATE "C" > :last_trial)'
        )
        named |= {"last_value": order.after.value, "last_trial": order.after.trial}
    direction = "DESC" if order.descending else "ASC"
    sql = f"""
    SELECT s.trial, {by.value} FROM {_tables(wanted)} WHERE {" AND ".join(conditions)}
    ORDER BY {by.value}{collate} {direction}, s.trial COLLATE "C" LIMIT :limit OFFSET :offset
    """
    return Query(sql, Chosen), named


def _count(reader: Reader, wanted: TrialFilter, order: Order) -> int:
    """Return the number of trials with a value."""
    conditions, named = _valued(wanted, SORTS[order.sort].value)
    query = Query(f"SELECT count(*) FROM {_tables(wanted)} WHERE {' AND '.join(conditions)}", _Number)
    return reader.remembered_one(query, **named).number


def _tables(wanted: TrialFilter) -> str:
    # CROSS JOIN keeps SQLite to this order. The joins are conditions, because PostgreSQL knows no other way with it.
    return "standing s CROSS JOIN trial t" + (" CROSS JOIN watch w" if wanted.watched_only else "")


def _valued(wanted: TrialFilter, value: str) -> tuple[list[str], Named]:
    conditions, named = conditions_of(wanted)
    joined = ["t.trial = s.trial", *(["w.trial = s.trial"] if wanted.watched_only else [])]
    return [*joined, f"{value} IS NOT NULL", conditions], named
