"""What was found, as lines of a table."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

__all__ = ["Line", "page", "spread"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing measured. `goal` is empty where there is none; `reached` None likewise."""

    what: str
    figure: str
    ratio: str
    goal: str = ""
    reached: bool | None = None

    def cells(self) -> tuple[str, ...]:
        verdict = {True: "yes", False: "**no**", None: ""}[self.reached]
        return self.what, self.figure, self.ratio, self.goal, verdict


def spread(values: Sequence[float], form: str) -> str:
    """The median, and in brackets the least and the most."""
    middle, least, most = (format(value, form) for value in (median(values), min(values), max(values)))
    return f"{middle} ({least}-{most})"


def page(text: str, lines: Iterable[Line], day: str, material: str) -> str:
    """The whole of docs/benchmarks.md."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    rows = [("What", "Figure", "Ratio", "Goal", "Reached"), ("---",) * 5, *(line.cells() for line in lines)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{text.strip()}\n\n{machine}; {material}; {day}.\n\n{table}\n"
