"""What the walks over a store have in common: the fault they find, and reading a table without holding it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select
from sqlmodel import Session

__all__ = ["AT_ONCE", "Fault", "Progress", "silent", "stream"]

Progress = Callable[[str, int], None]
"""Told the table and how many of its rows have been looked at."""

AT_ONCE = 100
"""Rows held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One row that is not as it was stored; `row` is its key as text."""

    table: str
    row: str
    reason: str


def silent(table: str, rows: int) -> None:
    """Nobody wants to know."""


def stream(session: Session, query: Select[Any], table: str = "", tell: Progress = silent) -> Iterator[Row[Any]]:
    """The rows of `query`, a few at a time."""
    result = session.connection().execute(query, execution_options={"yield_per": AT_ONCE})
    for count, row in enumerate(result, 1):
        yield row
        if count % AT_ONCE == 0:
            tell(table, count)
