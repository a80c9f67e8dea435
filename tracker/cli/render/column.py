"""What a table's column is: data, for whoever lays the table out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Column", "Row"]

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column: the row's key, its heading, and how its value is shown (default: as text).

    `room`: its share of the width the others leave; 0 for as wide as what it holds. `line`: one line, cut with an
    ellipsis, instead of wrapped. `spare`: left out where the terminal is too narrow, the last such column first.
    """

    key: str
    heading: str
    show: Callable[[Row], str] | None = None
    right: bool = False
    room: int = 0
    line: bool = False
    spare: bool = False
    style: Callable[[Row], str] | None = None
