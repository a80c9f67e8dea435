"""The changes of a list, their fields, and how many there are of each severity."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final, NamedTuple

from storage.reads.query import Query, Value
from storage.values.change_filter import FIRST_SEEN, SET_TURNS, ChangeFilter, both_bounds
from storage.values.severity import Severity

__all__ = [
    "BY_ID",
    "BY_SEQ",
    "BY_SEQS",
    "FIELDS",
    "FIELD_SEVERITIES",
    "KNOWN",
    "LAST_SEQ",
    "NEIGHBOURS",
    "SHOWN",
    "TITLES",
    "TURNS_OF_SETS",
    "Event",
    "EventField",
    "SeverityCounts",
    "choose",
    "count",
    "count_by_severity",
]

Named = dict[str, Value]


class Event(NamedTuple):
    """An event without its place in the chain. The names are those of `EventRow`."""

    seq: int
    id: str
    trial: str
    kind: str
    severity: str
    summary: str
    subject: str
    effective: str
    observed_at: datetime
    from_version: int | None
    to_version: int | None
    backfilled: bool
    run: int | None


class EventField(NamedTuple):
    """One field of an event, before and after as JSON text."""

    seq: int
    field: str
    label: str
    before: str
    after: str


class _FieldSeverity(NamedTuple):
    field: str
    severity: str


class SeverityCounts(NamedTuple):
    """The number of events of each severity, in the order of `Severity`."""

    admin: int
    minor: int
    major: int
    critical: int


class _Number(NamedTuple):
    number: int


class _Title(NamedTuple):
    trial: str
    title: str


class _Trial(NamedTuple):
    trial: str


class _Neighbours(NamedTuple):
    before: int | None
    after: int | None


_COLUMNS = """e.seq, e.id, e.trial, e.kind, e.severity, e.summary, e.subject, e.effective, e.observed_at,
    e.from_version, e.to_version, e.backfilled, e.run"""
BY_SEQ: Final = Query(f"SELECT {_COLUMNS} FROM event e WHERE e.seq = :seq", Event)
BY_SEQS: Final = Query(f"SELECT {_COLUMNS} FROM event e WHERE e.seq IN (:seqs) ORDER BY e.seq", Event)
BY_ID: Final = Query(f"SELECT {_COLUMNS} FROM event e WHERE e.id = :id", Event)
FIELDS: Final = Query(
    "SELECT seq, field, label, before, after FROM field_change WHERE seq IN (:seqs) ORDER BY seq, position", EventField
)
FIELD_SEVERITIES: Final = Query(
    """
    SELECT DISTINCT f.field, e.severity FROM event e JOIN field_change f ON f.seq = e.seq
    WHERE e.trial = :trial AND e.to_version IN (:versions)
    """,
    _FieldSeverity,
)
"""The severities with which the fields of a trial were told when these versions came."""
TITLES: Final = Query("SELECT trial, title FROM trial WHERE trial IN (:trials)", _Title)
LAST_SEQ: Final = Query("SELECT seq FROM store", _Number)
SHOWN: Final = Query("SELECT seq FROM shown WHERE reader = :reader", _Number)
"""Up to where a reader of `changes --new` has been shown everything. No row if nothing was shown."""
TURNS_OF_SETS: Final = Query(f"SELECT {_COLUMNS} FROM event e WHERE {SET_TURNS} ORDER BY e.seq", Event)
"""What entered and left sets."""
KNOWN: Final = Query(
    """
    SELECT trial FROM trial WHERE trial IN (:trials) AND current_version IS NOT NULL
    AND trial NOT IN (SELECT alias FROM alias)
    """,
    _Trial,
)
"""Those of these trials that have a version, under their current ids."""
NEIGHBOURS: Final = Query(
    """
    SELECT (SELECT max(b.seq) FROM event b WHERE b.trial = e.trial AND b.seq < e.seq),
           (SELECT min(a.seq) FROM event a WHERE a.trial = e.trial AND a.seq > e.seq)
    FROM event e WHERE e.seq = :seq
    """,
    _Neighbours,
)
"""The event of the same trial before this one, and the one after it."""
_PAST: Final = f"(e.backfilled OR e.kind = '{FIRST_SEEN}')"


def choose(wanted: ChangeFilter, limit: int | None) -> tuple[Query[Event], Named]:
    """Return the query for the events that match.

    Without `limit` all, in seq order. With one, the first so many if `after_seq` is given, else the latest so many, the
    last of them first.
    """
    conditions, named = _conditions(wanted)
    direction = "DESC" if limit is not None and wanted.after_seq is None else "ASC"
    sql = f"SELECT {_COLUMNS} FROM event e WHERE {conditions} ORDER BY e.seq {direction}"
    if limit is None:
        return Query(sql, Event), named
    return Query(f"{sql} LIMIT :limit", Event), {**named, "limit": limit}


def count(wanted: ChangeFilter, up_to: int) -> tuple[Query[_Number], Named]:
    """Return the query for how many events match among those with a seq of at most `up_to`."""
    conditions, named = _conditions(wanted)
    return Query(f"SELECT count(*) FROM event e WHERE e.seq <= :up_to AND {conditions}", _Number), {
        **named,
        "up_to": up_to,
    }


def count_by_severity(wanted: ChangeFilter) -> tuple[Query[SeverityCounts], Named]:
    """Return the query for the number of events of each severity, whatever `severities` says."""
    conditions, named = _conditions(wanted._replace(severities=None))
    # Not GROUP BY: the databases would sort all rows for it.
    counts = ", ".join(f"count(CASE WHEN e.severity = '{it}' THEN 1 END)" for it in Severity)
    return Query(f"SELECT {counts} FROM event e WHERE {conditions}", SeverityCounts), named


def _conditions(wanted: ChangeFilter) -> tuple[str, Named]:
    found: list[str] = []
    named: Named = {}
    if wanted.trials is not None:
        found.append("e.trial IN (:trials)")
        named["trials"] = list(wanted.trials)
    if wanted.kinds is not None:
        kinds = [_of_kind(at, kind, named) for at, kind in enumerate(wanted.kinds)]
        found.append(f"({' OR '.join(kinds or ['FALSE'])})")
    if wanted.severities is not None:
        found.append("e.severity IN (:severities)")
        named["severities"] = list(wanted.severities)
    if wanted.tag is not None:
        found.append("e.trial IN (SELECT g.trial FROM tag g WHERE g.tag = :tag)")
        named["tag"] = wanted.tag
    if wanted.after_seq is not None:
        found.append("e.seq > :after_seq")
        named["after_seq"] = wanted.after_seq
    if wanted.before_seq is not None:
        found.append("e.seq < :before_seq")
        named["before_seq"] = wanted.before_seq
    if wanted.since_seq is not None:
        found.append("e.seq > :since_seq")
        named["since_seq"] = wanted.since_seq
    if wanted.past is not None:
        found.append(_PAST if wanted.past else f"NOT {_PAST}")
    return " AND ".join([*found, *_period(wanted, named)]) or "TRUE", named


def _of_kind(at: int, pattern: str, named: Named) -> str:
    # Not LIKE: it treats % and _ as wildcards, and SQLite's ignores case.
    name = f"kind_{at}"
    if not pattern.endswith("*"):
        named[name] = pattern
        return f"e.kind = :{name}"
    named[name] = pattern[:-1]
    named[f"length_{at}"] = len(pattern) - 1
    return f"substr(e.kind, 1, :length_{at}) = :{name}"


def _period(wanted: ChangeFilter, named: Named) -> list[str]:
    found = []
    since = both_bounds(wanted.since_day, wanted.since_instant, time.min)
    until = both_bounds(wanted.until_day, wanted.until_instant, time.max)
    for name, sign, bound in (("since", ">=", since), ("until", "<=", until)):
        if bound is not None:
            named[f"{name}_instant"] = bound[1]
            if wanted.past is False:  # along the index, where the other condition would look at every event
                found.append(f"e.observed_at {sign} :{name}_instant")
                continue
            named[f"{name}_day"] = bound[0]
            found.append(
                f"(e.backfilled AND e.effective {sign} :{name}_day "
                f"OR NOT e.backfilled AND e.observed_at {sign} :{name}_instant)"
            )
    return found
