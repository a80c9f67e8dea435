"""The description of a table's column, as data for the code that lays out the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Column", "Row"]

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column: the row's key, its heading, and how its value is shown (default: as text)."""

    key: str
    heading: str
    show: Callable[[Row], str] | None = None
    right: bool = False
    #: Its share of the width the others leave. 0 for as wide as its content.
    room: int = 0
    #: Cut to one line with an ellipsis, instead of wrapped.
    line: bool = False
    #: Left out if the terminal is too narrow, the last such column first.
    spare: bool = False
    style: Callable[[Row], str] | None = None
