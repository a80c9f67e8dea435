"""Our comparison beside plain DeepDiff of the raw documents, on pairs of versions of real trials."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from deepdiff import DeepDiff

from bench.material import pairs
from bench.table import Line, spread
from tracker.changes.diff import compare
from tracker.registries.ctgov import reader as ctgov

__all__ = ["run"]

ROUNDS = 3
GOAL = 20
Study = dict[str, Any]


def run() -> list[Line]:
    plain, ours, whole = zip(*(_measured(before, after) for before, after in pairs()), strict=True)
    faster = [slow / quick for slow, quick in zip(plain, ours, strict=True)]
    faster_whole = [slow / quick for slow, quick in zip(plain, whole, strict=True)]
    return [
        Line(f"plain DeepDiff, {len(plain)} pairs of raw documents", f"{spread(plain, '.2f')} ms", "1"),
        Line("comparison of the two records", f"{spread(ours, '.2f')} ms", f"{spread(faster, '.0f')} times as fast",
             f">= {GOAL} times", median(faster) >= GOAL),
        Line("reading both documents and comparing", f"{spread(whole, '.2f')} ms",
             f"{spread(faster_whole, '.1f')} times as fast"),
    ]  # fmt: skip


def _measured(before: Study, after: Study) -> list[float]:
    """Milliseconds for one pair: plain, ours, ours with all that comes before it."""
    records = [_record(study) for study in (before, after)]
    return _medians(
        lambda: DeepDiff(before, after),
        lambda: compare(*records),
        lambda: compare(_record(before), _record(after)),
    )


def _medians(*works: Callable[[], object]) -> list[float]:
    """The median milliseconds of each, taken in turn."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, seconds in zip(works, taken, strict=True):
            started = perf_counter()
            work()
            seconds.append((perf_counter() - started) * 1000)
    return [median(seconds) for seconds in taken]


def _record(study: Study) -> Study:
    return ctgov.read(study).record.document()
