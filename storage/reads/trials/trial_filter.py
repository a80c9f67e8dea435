"""The trials of a page of a list: which match, in which order, and how many.

A page first chooses ids (narrow rows, sorted), then reads the rows of the few that it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from storage.reads.query import Query, Value
from storage.values.states import ResultsState

__all__ = [
    "SORTS",
    "After",
    "Chosen",
    "ChosenByInstant",
    "Named",
    "StateCounts",
    "TrialFilter",
    "choose",
    "conditions_of",
    "count_by_results",
    "holding",
    "without_results",
]

Named = dict[str, Value]


class Chosen(NamedTuple):
    """A trial of a page, and the value it is sorted by."""

    trial: str
    value: Any


class ChosenByInstant(Chosen):
    """A trial of a page that is sorted by an instant."""

    value: datetime | None


class StateCounts(NamedTuple):
    """The number of trials in each state of the results, in the order of `ResultsState`. `untold`: no version tells."""

    none: int
    submitted: int
    returned: int
    cancelled: int
    posted: int
    untold: int


class _Sort(NamedTuple):
    """What a list is sorted by: an expression, the tables it needs, and whether the largest value comes first."""

    value: str
    needs: str
    is_descending: bool
    is_text: bool = True


_SINCE = """(SELECT min(d.due) FROM duty d WHERE d.trial = t.trial AND d.late_from <= :today)"""
SORTS: Final = {
    "trial": _Sort("t.trial", "", False),
    "title": _Sort("nullif(t.title, '')", "", False),
    "status": _Sort("nullif(t.status, '')", "", False),
    "checked": _Sort("t.last_checked_at", "", False, is_text=False),
    "changed": _Sort("s.changed", "s", True),
    "due": _Sort("s.due", "s", False),
    "slip": _Sort("s.slip", "s", True, is_text=False),
    # The earliest due day of those that are past the grace today. The largest number of days belongs to the earliest.
    "late": _Sort(f"CASE WHEN s.late_from <= :today THEN {_SINCE} END", "s", True),
}


@dataclass(frozen=True, slots=True)
class TrialFilter:
    """Which trials are wanted. None means no condition, an empty sequence matches nothing.

    `results` None in the sequence stands for trials that no version tells of. `owing_on`: a day, ISO text: only trials
    whose results are missing past the grace on that day. `words`: all must occur in id, title or sponsor.
    """

    watched_only: bool = True
    trials: Sequence[str] | None = None
    tag: str | None = None
    statuses: Sequence[str] | None = None
    results: Sequence[str | None] | None = None
    owing_on: str | None = None
    words: Sequence[str] = ()


class After(NamedTuple):
    """The last row of the page before."""

    trial: str
    value: str | int | datetime | None


def choose(
    wanted: TrialFilter, sort: str, *, descending: bool, after: After | None, today: str, limit: int, offset: int
) -> tuple[Query[Chosen], Named]:
    """Return the query for the ids of one page, in order. Trials without a value come last."""
    by = SORTS[sort]
    conditions, named = conditions_of(wanted)
    tables = _tables(wanted, by.needs)
    named |= {"limit": limit, "offset": offset}
    if ":today" in by.value:
        named["today"] = today
    inner = f"SELECT t.trial AS trial, {by.value} AS value FROM {tables} WHERE {conditions}"
    collate = ' COLLATE "C"' if by.is_text else ""
    outer = ""
    if after is not None:
        named |= {"last_trial": after.trial}
        later = 'trial COLLATE "C" > :last_trial'
        if after.value is None:
            outer = f"WHERE value IS NULL AND {later}"
        else:
            named |= {"last_value": after.value}
            sign = "<" if descending else ">"
            outer = f"WHERE value{collate} {sign} :last_value OR value IS NULL OR (value = :last_value AND {later})"
    direction = "DESC" if descending else "ASC"
    sql = f"""
    SELECT trial, value FROM ({inner}) AS found {outer}
    ORDER BY value IS NULL, value{collate} {direction}, trial COLLATE "C"
    LIMIT :limit OFFSET :offset
    """
    return Query(sql, ChosenByInstant if sort == "checked" else Chosen), named


def count_by_results(wanted: TrialFilter) -> tuple[Query[StateCounts], Named]:
    """Return the query for the number of trials in each state of the results."""
    conditions, named = conditions_of(wanted)
    # Not GROUP BY: the databases would sort all rows for it.
    counts = ", ".join(f"count(CASE WHEN t.results = '{state}' THEN 1 END)" for state in ResultsState)
    untold = "count(CASE WHEN t.results IS NULL THEN 1 END)"
    return Query(f"SELECT {counts}, {untold} FROM {_tables(wanted, '')} WHERE {conditions}", StateCounts), named


def without_results(wanted: TrialFilter) -> TrialFilter:
    """Return the filter without its condition on the state of the results."""
    return replace(wanted, results=None)


def _tables(wanted: TrialFilter, needs: str) -> str:
    tables = "trial t"
    if wanted.watched_only:
        tables += " JOIN watch w ON w.trial = t.trial"
    if needs or wanted.words or wanted.owing_on is not None:
        tables += " LEFT JOIN standing s ON s.trial = t.trial"
    return tables


# An obsolete id has a row of its own, which holds nothing.
_IS_HERE = "(t.versions > 0 OR EXISTS (SELECT 1 FROM watch v WHERE v.trial = t.trial AND v.active))"


def conditions_of(wanted: TrialFilter) -> tuple[str, Named]:
    """Return the condition of a filter, on `trial t`, `watch w` and `standing s`, and its parameters."""
    found = ["w.active"] if wanted.watched_only else [_IS_HERE]
    named: Named = {}
    if wanted.trials is not None:
        found.append("t.trial IN (:trials)")
        named["trials"] = list(wanted.trials)
    if wanted.tag is not None:
        found.append("t.trial IN (SELECT g.trial FROM tag g WHERE g.tag = :tag)")
        named["tag"] = wanted.tag
    if wanted.statuses is not None:
        found.append("t.status IN (:statuses)")
        named["statuses"] = list(wanted.statuses)
    if wanted.results is not None:
        found.append("(t.results IN (:results)" + (" OR t.results IS NULL)" if None in wanted.results else ")"))
        named["results"] = [it for it in wanted.results if it is not None]
    if wanted.owing_on is not None:
        found.append("s.late_from <= :owing_on")
        named["owing_on"] = wanted.owing_on
    for at, word in enumerate(wanted.words):
        condition, named[f"word_{at}"] = holding(["t.title", "s.sponsor", "t.trial"], f"word_{at}", word)
        found.append(condition)
    return " AND ".join(found), named


def holding(columns: Sequence[str], name: str, word: str) -> tuple[str, str]:
    """Return the condition that a word occurs in one of these columns in any case, and the value of its parameter."""
    fold, end = ("lower(", ' COLLATE "C")') if word.isascii() else ("lower_all(", ' COLLATE "letters")')
    found = (f"{fold}{column}{end} LIKE {fold}:{name}{end} ESCAPE '!'" for column in columns)
    for mark in "!%_":
        word = word.replace(mark, f"!{mark}")
    return f"({' OR '.join(found)})", f"%{word}%"
