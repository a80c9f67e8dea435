"""Find the column of a sheet that holds the ids, and whether its first row is a heading. Pure.

The rule, in this order:

1. ``--column`` names the heading, or the number of the column from 1.
2. The one column whose heading says that it holds ids (`NCT Number`, `NCT ID`, `EudraCT number`, ...).
3. The one column with cells that hold ids and nothing else.
4. The one column with something like an id, such as one with a digit missing. Each of its cells is refused by line.

If several columns fit a rule, none is chosen. The first row is a heading unless its cell in the column is like an id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tracker.errors import InvalidTrialId
from tracker.registries.ids import is_like_id, listed_in, parse_id
from tracker.registries.listed import REGISTRIES

__all__ = ["Place", "column_of"]

Rows = Sequence[Sequence[str]]
_NOT_LETTERS = re.compile(r"[\W_]+")
_HEADINGS = frozenset({"trialid", "trialids", "trialnumber"}).union(
    *(registry.ids.headings for registry in REGISTRIES.values())
)
_WEAK = frozenset({"id", "ids", "trial", "trials"})
"""General headings. They count only if the cells identify no column."""


class Place(NamedTuple):
    """The column, counted from 0, and the number of heading rows above its ids: 0 or 1."""

    at: int
    heading: int


def column_of(rows: Rows, column: str | None) -> Place | str:
    """Return where the ids are, or the reason why that is unclear. A sheet without rows has no place for ids."""
    if not rows:
        return Place(0, 0)
    found = _named(rows[0], column) if column is not None else _sniffed(rows)
    if isinstance(found, str):
        return f"{found}; name one with --column ({', '.join(filter(None, map(str.strip, rows[0])))[:200]})"
    first = rows[0][found] if found < len(rows[0]) else ""
    return Place(found, 0 if any(map(is_like_id, listed_in(first))) else 1)


def _named(heading: Sequence[str], column: str) -> int | str:
    names = [cell.strip() for cell in heading]
    places = [at for at, name in enumerate(names) if name == column.strip()]
    if not places:
        places = [at for at, name in enumerate(names) if name.casefold() == column.strip().casefold()]
    if len(places) == 1:
        return places[0]
    if places:
        return f"{len(places)} columns are called {column}"
    if column.isdecimal() and 0 < int(column[:9]) <= len(names):
        return int(column[:9]) - 1
    return f"no column {column}"


def _sniffed(rows: Rows) -> int | str:
    names = [_NOT_LETTERS.sub("", cell).lower() for cell in rows[0]]
    by_name = [at for at, name in enumerate(names) if name in _HEADINGS]
    if len(by_name) == 1:
        return by_name[0]
    by_content = _columns(rows, _is_all_ids)
    for places in (by_content, [at for at, name in enumerate(names) if name in _WEAK], _columns(rows, _is_near)):
        if len(places) == 1:
            return places[0]
        if places:
            return (
                f"{len(places)} columns hold trial ids" if places is by_content else "several columns may hold the ids"
            )
    # A heading with nothing below it is an empty list.
    return 0 if len(rows) == 1 else "no column with trial ids"


def _columns(rows: Rows, fits: Callable[[str], bool]) -> list[int]:
    width = max(len(row) for row in rows)
    return [at for at in range(width) if any(at < len(row) and fits(row[at]) for row in rows)]


def _is_all_ids(cell: str) -> bool:
    words = listed_in(cell)
    try:
        return bool(words) and all(parse_id(word) for word in words)
    except InvalidTrialId:
        return False


def _is_near(cell: str) -> bool:
    return any(map(is_like_id, listed_in(cell)))
