"""What was found, as lines of a table."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from storage.engine.sqlite_driver import sqlite3

__all__ = ["Line", "page", "quantiles", "seconds", "section", "sections_of", "spread"]


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


def quantiles(times: Sequence[float], digits: int = 2) -> str:
    """Seconds as milliseconds: the median, and the 95th percentile."""
    ordered = sorted(times)
    late = ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
    return f"{median(ordered) * 1000:,.{digits}f} ms (p95 {late * 1000:,.{digits}f})"


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    started = perf_counter()
    work()
    return perf_counter() - started


def section(text: str, lines: Iterable[Line], material: str, day: str) -> str:
    """What stands below a heading of docs/benchmarks.md: how it was measured, on what, when, and a table."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    rows = [("What", "Figure", "Ratio", "Goal", "Reached"), ("---",) * 5, *(line.cells() for line in lines)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{text.strip()}\n\n{machine}; {material}; {day}.\n\n{table}"


def page(head: str, sections: Mapping[str, str]) -> str:
    """The whole of docs/benchmarks.md: its head, and what stands below each heading."""
    return "\n\n".join([head.strip(), *(f"## {title}\n\n{text}" for title, text in sections.items())]) + "\n"


def sections_of(text: str) -> dict[str, str]:
    """What `page` was made of, without the head."""
    parts = (part.partition("\n") for part in text.split("\n## ")[1:])
    return {title: below.strip() for title, _, below in parts}
