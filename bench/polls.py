"""First look and unchanged re-poll, beside the floor: parse, SHA-256, insert of the raw bytes."""

from __future__ import annotations

import gc
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.material import Shelf, records
from bench.registry import FromMemory, serving
from bench.table import Line, spread
from storage.engine.bulk import batches
from storage.engine.sqlite_driver import sqlite3
from storage.watching import watches
from tracker.app import open_context
from tracker.config.settings import Settings
from tracker.context.context import Context
from tracker.context.open_store import open_store
from tracker.polling.poll import poll
from tracker.registries.ctgov import CtgovSettings
from tracker.registries.ctgov.client import CtgovClient

__all__ = ["OpenOn", "over_http", "run", "watch_all"]

ROUNDS = 5
GOALS = {"first look": 0.15, "unchanged": 0.6}
OpenOn = Callable[[Path, int], AbstractContextManager[Context]]
"""Opens a context over a folder, on a day of its registry."""


def run() -> list[Line]:
    shelf = Shelf(records())
    rates: dict[str, list[float]] = defaultdict(list)
    with serving() as url:
        for turn in range(ROUNDS + 1):
            found = dict(_round(shelf, url))
            if turn:  # the first only warms up
                for what, seconds in found.items():
                    rates[what].append(len(shelf.ids) / seconds)
    floor = rates.pop("floor")
    lines = [Line("floor: parse, SHA-256, insert", f"{spread(floor, ',.0f')} records/s", "1")]
    for what, rate in rates.items():
        ratios = [ours / least for ours, least in zip(rate, floor, strict=True)]
        goal = next(goal for name, goal in GOALS.items() if what.startswith(name))
        lines.append(_line(what, rate, ratios, goal))
    return lines


def _line(what: str, rate: Sequence[float], ratios: Sequence[float], goal: float) -> Line:
    reached = sorted(ratios)[len(ratios) // 2] >= goal
    return Line(what, f"{spread(rate, ',.0f')} records/s", spread(ratios, ".2f"), f">= {goal}", reached)


def _round(shelf: Shelf, url: str) -> Iterator[tuple[str, float]]:
    """Seconds for each, one after the other, so that a slow minute of the machine slows them all."""
    with TemporaryDirectory() as folder:
        yield "floor", _timed(lambda: _floor(shelf.originals, Path(folder) / "floor.db"))
    for how, opened in (("without HTTP", _from_memory(shelf)), ("with HTTP", over_http(url))):
        with TemporaryDirectory() as folder:
            home = Path(folder)
            watch_all(home, shelf.ids)
            for day, what in ((1, "first look"), (2, "unchanged")):
                with opened(home, day) as context:
                    yield f"{what}, {how}", _timed(partial(_poll, context, shelf))


def _timed(work: Callable[[], object]) -> float:
    gc.collect()
    started = perf_counter()
    work()
    return perf_counter() - started


def _poll(context: Context, shelf: Shelf) -> None:
    report = poll(context)
    assert report.outcome == "complete" and report.checked == len(shelf.ids), report


def _floor(records: Sequence[bytes], path: Path) -> None:
    """The least a program does that looks at every record and forgets none."""
    with closing(sqlite3.connect(path, isolation_level=None)) as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("PRAGMA synchronous=FULL")
        store.execute("CREATE TABLE raw (sha256 TEXT, body BLOB)")
        for bodies in batches(records, 200):
            for body in bodies:
                json.loads(body)
            store.execute("BEGIN")
            store.executemany("INSERT INTO raw VALUES (?, ?)", [(hashlib.sha256(it).hexdigest(), it) for it in bodies])
            store.execute("COMMIT")


def watch_all(home: Path, ids: Sequence[str]) -> None:
    with open_store(Settings(home)) as database, database.write() as session:
        for trial in ids:
            watches.watch(session, trial, "ctgov", datetime.now(UTC))


def over_http(url: str) -> OpenOn:
    return lambda home, day: open_context(Settings(home, registries={"ctgov": CtgovSettings(f"{url}/{day}", 1000)}))


def _from_memory(shelf: Shelf) -> OpenOn:
    @contextmanager
    def opened(home: Path, day: int) -> Iterator[Context]:
        with open_context(Settings(home)) as context:
            yield replace(context, clients={"ctgov": CtgovClient(FromMemory(shelf), f"memory:/{day}")})

    return opened
