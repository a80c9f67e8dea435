"""Open duties: results that are owed, those that will be due, and the sponsors who owe them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from storage.reads.query import Query, Value
from storage.reads.trials.trial_filter import holding
from storage.values.states import ResultsState

__all__ = [
    "Ahead",
    "Counts",
    "DutyFilter",
    "LookedAt",
    "OpenDutyRow",
    "SponsorRow",
    "ahead",
    "count_ahead",
    "count_owed",
    "count_perhaps",
    "looked_at",
    "owed",
    "sponsors",
]

Named = dict[str, Value]


@dataclass(frozen=True, slots=True)
class DutyFilter:
    """Which duties of watched trials are wanted. `today`: ISO text. `sponsor`: a part of its name, in any case.

    `unnamed`: what stands for the name of a sponsor that a record does not give.
    """

    today: str
    tag: str | None = None
    rule: str | None = None
    sponsor: str | None = None
    unnamed: str = ""


class OpenDutyRow(NamedTuple):
    """A duty of a trial whose day has passed, or lies ahead."""

    trial: str
    title: str
    sponsor: str | None
    rule: str
    due: str
    late_from: str | None
    state: str | None


class Counts(NamedTuple):
    """How many duties are owed, how many of them past the grace, and of how many trials."""

    rows: int
    late: int
    trials: int


class LookedAt(NamedTuple):
    """Trials with a results status; those whose first due day has come; those of these with posted results."""

    trials: int
    due: int
    posted: int


class SponsorRow(NamedTuple):
    """The trials of one sponsor, counted. `since`: the earliest due day of those that are past the grace."""

    sponsor: str | None
    trials: int
    due: int
    overdue: int
    since: str | None
    pending: int
    posted: int


class Ahead(NamedTuple):
    """How many duties lie ahead."""

    number: int


_OWED: Final = "d.applies AND NOT d.stands AND d.due < :today"
_AHEAD: Final = "d.applies AND d.due >= :today"
_COLUMNS: Final = "d.trial, t.title, s.sponsor, d.rule, d.due, d.late_from, s.state"
_BY_DAY: Final = 'd.due COLLATE "C", d.trial COLLATE "C", d.rule COLLATE "C"'
_ORDERS: Final = {
    # The most days late first. Duties within the days of grace are not late.
    "late": f"CASE WHEN d.late_from <= :today THEN 0 ELSE 1 END, {_BY_DAY}",
    "due": _BY_DAY,
    "trial": 'd.trial COLLATE "C", d.due COLLATE "C", d.rule COLLATE "C"',
}


def owed(
    wanted: DutyFilter, sort: str, *, limit: int, offset: int, only_late: bool = False
) -> tuple[Query[OpenDutyRow], Named]:
    """Return the query for the duties whose day has passed while nothing stands submitted, in order.

    `only_late`: those past the grace.
    """
    conditions, named = _conditions(wanted)
    late = " AND d.late_from <= :today" if only_late else ""
    sql = f"""
    SELECT {_COLUMNS} FROM {_TABLES} WHERE {_OWED}{late} AND {conditions}
    ORDER BY {_ORDERS[sort]} LIMIT :limit OFFSET :offset
    """
    return Query(sql, OpenDutyRow), {**named, "limit": limit, "offset": offset}


def count_owed(wanted: DutyFilter) -> tuple[Query[Counts], Named]:
    """Return the query for the number of such duties."""
    conditions, named = _conditions(wanted)
    late = "count(CASE WHEN d.late_from <= :today THEN 1 END)"
    sql = f"SELECT count(*), {late}, count(DISTINCT d.trial) FROM {_narrow(wanted)} WHERE {_OWED} AND {conditions}"
    return Query(sql, Counts), named


def count_perhaps(wanted: DutyFilter) -> tuple[Query[Ahead], Named]:
    """Return the query for the trials that owe nothing for sure, and perhaps by a rule that may apply."""
    conditions, named = _conditions(wanted)
    rule = "" if wanted.rule is None else " AND o.rule = :rule"
    sql = f"""
    SELECT count(DISTINCT d.trial) FROM {_narrow(wanted)}
    WHERE d.applies IS NULL AND NOT d.stands AND d.due < :today AND {conditions} AND NOT EXISTS (
        SELECT 1 FROM duty o
        WHERE o.trial = d.trial AND o.applies AND NOT o.stands AND o.due < :today{rule}
    )
    """
    return Query(sql, Ahead), named


def ahead(wanted: DutyFilter, until: str | None, limit: int) -> tuple[Query[OpenDutyRow], Named]:
    """Return the query for the duties that are due today or later (until a day), the next first."""
    conditions, named = _conditions(wanted)
    sql = f"""
    SELECT {_COLUMNS} FROM {_TABLES} WHERE {_until(until, named)} AND {conditions}
    ORDER BY {_ORDERS["due"]} LIMIT :limit
    """
    return Query(sql, OpenDutyRow), {**named, "limit": limit}


def count_ahead(wanted: DutyFilter, until: str | None) -> tuple[Query[Ahead], Named]:
    """Return the query for the number of such duties."""
    conditions, named = _conditions(wanted)
    return Query(f"SELECT count(*) FROM {_narrow(wanted)} WHERE {_until(until, named)} AND {conditions}", Ahead), named


def looked_at(wanted: DutyFilter) -> tuple[Query[LookedAt], Named]:
    """Return the query for the trials that the answer is about."""
    conditions, named = _conditions(wanted, of_duty=False)
    come = "s.due <= :today"
    sql = f"""
    SELECT count(*), count(CASE WHEN {come} THEN 1 END),
           count(CASE WHEN {come} AND s.state = '{ResultsState.POSTED}' THEN 1 END)
    FROM standing s JOIN watch w ON w.trial = s.trial WHERE {conditions}
    """
    return Query(sql, LookedAt), named


def sponsors(wanted: DutyFilter, limit: int) -> tuple[Query[SponsorRow], Named]:
    """Return the query for the sponsors, those of the most overdue trials first."""
    conditions, named = _conditions(wanted, of_duty=False)
    if wanted.rule is not None:
        named["rule"] = wanted.rule
    rule = "" if wanted.rule is None else " AND d.rule = :rule"
    pending = f"('{ResultsState.SUBMITTED}', '{ResultsState.RETURNED}')"
    sql = f"""
    SELECT s.sponsor, count(*), count(CASE WHEN s.due <= :today THEN 1 END), count(late.since), min(late.since),
           count(CASE WHEN s.state IN {pending} THEN 1 END),
           count(CASE WHEN s.state = '{ResultsState.POSTED}' THEN 1 END)
    FROM standing s JOIN watch w ON w.trial = s.trial LEFT JOIN (
        SELECT d.trial, min(d.due) AS since FROM duty d WHERE d.late_from <= :today{rule} GROUP BY d.trial
    ) AS late ON late.trial = s.trial
    WHERE {conditions}
    GROUP BY s.sponsor
    ORDER BY count(late.since) DESC, count(CASE WHEN s.due <= :today THEN 1 END) DESC,
             s.sponsor IS NULL, s.sponsor COLLATE "C"
    LIMIT :limit
    """
    return Query(sql, SponsorRow), {**named, "limit": limit}


_TABLES: Final = """duty d JOIN standing s ON s.trial = d.trial JOIN trial t ON t.trial = d.trial
    JOIN watch w ON w.trial = d.trial"""


def _narrow(wanted: DutyFilter) -> str:
    """Return the tables without those that only the shown rows need."""
    of_sponsor = " JOIN standing s ON s.trial = d.trial" if wanted.sponsor is not None else ""
    return f"duty d JOIN watch w ON w.trial = d.trial{of_sponsor}"


def _until(until: str | None, named: Named) -> str:
    if until is None:
        return _AHEAD
    named["until"] = until
    return f"{_AHEAD} AND d.due <= :until"


def _conditions(wanted: DutyFilter, *, of_duty: bool = True) -> tuple[str, Named]:
    found = ["w.active"]
    named: Named = {"today": wanted.today}
    if wanted.rule is not None and of_duty:
        found.append("d.rule = :rule")
        named["rule"] = wanted.rule
    if wanted.tag is not None:
        found.append("w.trial IN (SELECT g.trial FROM tag g WHERE g.tag = :tag)")
        named["tag"] = wanted.tag
    if wanted.sponsor is not None:
        condition, named["sponsor"] = holding(["coalesce(s.sponsor, :unnamed)"], "sponsor", wanted.sponsor)
        named["unnamed"] = wanted.unnamed
        found.append(condition)
    return " AND ".join(found), named
