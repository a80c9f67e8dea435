"""The searches that keep sets of trials up to date."""

from __future__ import annotations

from typing import Final, NamedTuple

from storage.reads.query import Query

__all__ = ["SEARCHES", "SetSearch"]


class SetSearch(NamedTuple):
    """How the search for a set goes. `error`: why the last `failures` failed. `is_refused`: the registry refuses it."""

    name: str
    is_refused: bool
    failures: int
    error: str


SEARCHES: Final = Query(
    'SELECT name, refused, failures, error FROM cohort WHERE active ORDER BY name COLLATE "C"', SetSearch
)
