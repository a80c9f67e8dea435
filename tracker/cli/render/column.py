"""The description of a table's column, as data for the code that lays out the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

__all__ = ["Column", "Row"]

Row = Mapping[str, Any]


class Column(NamedTuple):
    """A table's column: the row's key, its heading, and how its value is shown (default: as text)."""

    key: str
    heading: str
    show: Callable[[Row], str] | None = None
    right: bool = False
    #: Its share of the width the others leave. 0 for as wide as its content.
    room: int = 0
    #: Cut to one line with an ellipsis, instead of wrapped.
    line: bool = False
    #: Left out if the terminal is too narrow: the highest number first, of equals the last. 0 for never.
    spare: int = 0
    #: If it does not fit, its text becomes the first line of the column with this key.
    joins: str = ""
    #: The value is an instant in UTC, or words. It is shown in the local time zone.
    instant: bool = False
    style: Callable[[Row], str] | None = None
    #: Sentences below the table, each shown if its mark is in a cell.
    legend: Mapping[str, str] = MappingProxyType({})
