"""How fast the lists of the pages are, at once and in this process: each use case as a page calls it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from bench.listed import TODAY, build
from bench.lives import NOW, ROUNDS
from bench.table import Line, quantiles
from storage.engine.database import Database
from storage.reads.door import ReadDoor
from storage.values.change_filter import ChangeFilter
from tracker.services.changes.changes_page import change_with, changes_page
from tracker.services.listing.trials_page import TrialSort, TrialsRequest, all_statuses, all_tags, trials_page
from tracker.services.results.kept.keep_standings import refresh
from tracker.services.results.owed_page import OwedRequest, owed_page
from tracker.services.today import today_summary
from tracker.services.versions.version_strips import strips

__all__ = ["run"]

SIZES = tuple(int(it) for it in os.environ.get("BENCH_TRIALS", "10000,100000").split(","))
STORES = os.environ.get("BENCH_STORES", "")
"""A folder that keeps the stores from run to run."""
GOALS = {10_000: 0.030, 100_000: 0.200}
"""Seconds for a page, in the median, by the number of trials."""
ROUNDS_ASKED = int(os.environ.get("BENCH_ROUNDS", "11"))

Use = Callable[[ReadDoor, Database], Any]


def run() -> list[Line]:
    """Measure every use case at every size."""
    lines = []
    with TemporaryDirectory() as folder:
        for count in SIZES:
            path = Path(STORES or folder) / f"listed-{count}.db"
            if not path.exists():
                build(path, count)
            lines += _measured(path, count)
    return lines


def _measured(path: Path, count: int) -> Iterator[Line]:
    with closing(Database.open(path, NOW)) as database, closing(ReadDoor.open(path)) as door:
        mark = refresh(database).mark
        uses = {**_uses(count), "keeper, nothing new": lambda _, it: refresh(it, mark)}
        for what, use in uses.items():
            assert use(door, database) is not None
            times = [_worked(use, door, database) for _ in range(ROUNDS_ASKED)]
            goal = GOALS.get(count)
            reached = None if goal is None else median(times) <= goal
            text = "" if goal is None else f"<= {goal * 1000:.0f} ms"
            yield Line(f"{count:,} x {ROUNDS}: {what}", quantiles(times, 1), "", text, reached)


def _worked(use: Use, door: ReadDoor, database: Database) -> float:
    """Seconds of the processor. The file is in the machine's cache, so nothing else is waited for."""
    started = process_time()
    use(door, database)
    return process_time() - started


def _uses(count: int) -> dict[str, Use]:
    trial, last = f"NCT{count // 2:08d}", count * ROUNDS
    found: dict[str, Use] = {f"trials by {sort}": _trials(sort=sort) for sort in TrialSort}
    found |= {
        "trials, page 100": _trials(offset=5_000),
        "trials with a tag": _trials(tag="set-3"),
        "trials with two words": _trials(words="heart Number"),
        "trials, completed and posted": _trials(statuses=["COMPLETED"], results=["posted"]),
        "trials that owe": _trials(owing=True, sort=TrialSort.LATE),
        "tags": lambda door, _: all_tags(door),
        "statuses": lambda door, _: all_statuses(door),
        "changes": _changes(ChangeFilter()),
        "changes of 30 days": _changes(ChangeFilter(since_day="2026-01-30")),
        "changes of 2 years, critical": _changes(ChangeFilter(since_day="2024-03-01", severities=("critical",))),
        "changes of a trial": _changes(ChangeFilter(trials=(trial,))),
        "changes of a tag": _changes(ChangeFilter(tag="set-3")),
        "a change": lambda door, _: change_with(door, last // 2),
        "owed": lambda door, database: owed_page(door, database, OwedRequest(), TODAY),
        "owed, without sponsors": lambda door, database: owed_page(door, database, OwedRequest(sponsors=0), TODAY),
        "owed by a sponsor": lambda door, database: owed_page(door, database, OwedRequest(sponsor="r 1234"), TODAY),
        "today": lambda door, database: today_summary(door, database, TODAY),
        "50 strips": lambda door, _: strips(door, [f"NCT{number:08d}" for number in range(1, 51)]),
    }
    return found


def _trials(**wanted: Any) -> Use:
    request = TrialsRequest(**wanted)
    return lambda door, database: trials_page(door, database, request, NOW)


def _changes(wanted: ChangeFilter) -> Use:
    return lambda door, database: changes_page(door, database, wanted)
