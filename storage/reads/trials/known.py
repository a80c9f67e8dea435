"""Which trials are stored, read or watched, and where obsolete ids lead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from storage.reads.query import Query
from storage.reads.row_reader import RowReader
from storage.values.batches import batches

__all__ = [
    "ALIASES_OF",
    "HAVING_VERSION",
    "LEADS_TO",
    "LINKS",
    "OBSOLETE",
    "STORED_OF",
    "WATCHED_OF",
    "ids_of",
    "leads_to",
    "linked",
    "obsolete",
    "resolve",
]


class _Trial(NamedTuple):
    trial: str


class _Obsolete(NamedTuple):
    alias: str
    trial: str


class _Link(NamedTuple):
    trial: str
    other: str


ALIASES_OF: Final = Query("SELECT alias, trial FROM alias WHERE alias IN (:aliases)", _Obsolete)
HAVING_VERSION: Final = Query(
    "SELECT trial FROM trial WHERE trial IN (:trials) AND current_version IS NOT NULL", _Trial
)
STORED_OF: Final = Query("SELECT trial FROM trial WHERE trial IN (:trials) AND versions > 0", _Trial)
"""Those with anything stored, even if only a page from another place."""
WATCHED_OF: Final = Query("SELECT trial FROM watch WHERE trial IN (:trials) AND active", _Trial)
LEADS_TO: Final = Query(
    """
    SELECT trial FROM merge_claim WHERE alias = :alias AND leads AND refused_at IS NULL
    ORDER BY last_stamp COLLATE "C" DESC, trial COLLATE "C" LIMIT 1
    """,
    _Trial,
)
# UNION drops duplicate rows, so a circle of aliases ends too.
OBSOLETE: Final = Query(
    """
    WITH RECURSIVE names (alias, trial) AS (
        SELECT alias, trial FROM alias WHERE trial IN (:trials)
        UNION SELECT a.alias, n.trial FROM alias a JOIN names n ON a.trial = n.alias
    )
    SELECT alias, trial FROM names WHERE alias <> trial
    """,
    _Obsolete,
)
"""The numbers that lead to these trials, each with the trial it leads to in the end."""
LINKS: Final = Query("SELECT trial, other FROM link WHERE trial IN (:trials) OR other IN (:trials)", _Link)


def ids_of(reader: RowReader, query: Query[_Trial], trials: Iterable[str]) -> set[str]:
    """Return those of `trials` that a query finds."""
    return {row.trial for some in batches(trials) for row in reader.rows(query, trials=some)}


def resolve(reader: RowReader, trial: str) -> str:
    """Return the current id of a trial by following its aliases to the end. A circle of aliases ends too."""
    passed = {trial}
    while (row := reader.first(ALIASES_OF, aliases=[trial])) is not None and row.trial not in passed:
        trial = row.trial
        passed.add(trial)
    return trial


def obsolete(reader: RowReader, trials: Iterable[str]) -> dict[str, set[str]]:
    """For each of `trials`, return its obsolete numbers: those that were merged into it."""
    found: dict[str, set[str]] = {trial: set() for trial in trials}
    for some in batches(sorted(found)):
        for alias, trial in reader.rows(OBSOLETE, trials=some):
            found[trial].add(alias)
    return found


def leads_to(reader: RowReader, alias: str) -> str | None:
    """Return the trial whose record the registry last gave for this number. None for the number's own or no record."""
    row = reader.first(LEADS_TO, alias=alias)
    return row.trial if row else None


def linked(reader: RowReader, trials: Iterable[str]) -> dict[str, set[str]]:
    """For each of `trials`, return the numbers its record names and the trials whose records name it. One step only."""
    found: dict[str, set[str]] = {trial: set() for trial in trials}
    for some in batches(sorted(found)):
        for trial, other in reader.rows(LINKS, trials=some):
            for one, two in ((trial, other), (other, trial)):
                if one in found:
                    found[one].add(two)
    return found
