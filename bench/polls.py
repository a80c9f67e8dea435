"""First look, unchanged re-poll and import of the same records as files, beside two floors.

The floors: parse, SHA-256, insert of the raw bytes; and SHA-256 alone.
"""

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
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import NamedTuple

from bench.material import Shelf, records
from bench.registry import FromMemory, serving
from bench.table import Line, spread
from storage.engine.bulk import batches
from storage.engine.sqlite_driver import sqlite3
from storage.watching import watches
from tracker.app import open_context
from tracker.backfill.import_files import import_files
from tracker.config.settings import Settings
from tracker.context.context import Context
from tracker.context.open_store import open_store
from tracker.polling.poll import poll
from tracker.registries.ctgov import CtgovSettings
from tracker.registries.ctgov.client import CtgovClient

__all__ = ["OpenOn", "over_http", "run", "watch_all"]

ROUNDS = 5
MANY = 10_000
MANY_ROUNDS = 3
GOALS = {
    "first look, without HTTP": 0.3,
    "unchanged, without HTTP": 1.5,
    "first look, with HTTP": 0.25,
    "unchanged, with HTTP": 1.0,
    "first look at 10,000, without HTTP": 0.35,
    "unchanged 10,000, without HTTP": 1.5,
}
_DAYS = ((1, "first look"), (2, "unchanged"))


class Took(NamedTuple):
    """Seconds of a piece of work: as a person waits, and of the processor, in all processes that took part."""

    waited: float
    worked: float


OpenOn = Callable[[Path, int], AbstractContextManager[Context]]
"""Opens a context over a folder, on a day of its registry."""


def run() -> list[Line]:
    shelf, many = Shelf(records()), Shelf(records(), MANY)
    _make_pages(shelf)
    with TemporaryDirectory() as folder, serving() as url:
        saved = _saved(shelf, Path(folder))
        taken = _in_rounds(ROUNDS, lambda: _round(shelf, url, saved))
    floor, hashing = taken.pop("floor"), taken.pop("hashing")
    count = len(shelf.ids)
    lines = [
        Line("floor: parse, SHA-256, insert", _figure(floor, count), "1"),
        Line("SHA-256 alone", _figure(hashing, count), spread(_ratios(hashing, floor), ".1f")),
        *(_line(what, took, floor, count) for what, took in taken.items()),
    ]
    _make_pages(many)
    taken = _in_rounds(MANY_ROUNDS, lambda: _round_of_many(many))
    floor = taken.pop("floor")
    return [*lines, *(_line(what, took, floor, MANY) for what, took in taken.items())]


def _in_rounds(rounds: int, measure: Callable[[], Iterator[tuple[str, Took]]]) -> dict[str, list[Took]]:
    taken: dict[str, list[Took]] = defaultdict(list)
    for turn in range(rounds + 1):
        found = dict(measure())
        if turn:  # the first only warms up
            for what, took in found.items():
                taken[what].append(took)
    return taken


def _saved(shelf: Shelf, folder: Path) -> Path:
    """Each record as a file of its own, as people save them."""
    for trial, record in zip(shelf.ids, shelf.originals, strict=True):
        (folder / f"{trial}.json").write_bytes(record)
    return folder


def _make_pages(shelf: Shelf) -> None:
    """The registry's pages are there before it is asked: making one costs as much as hashing it."""
    for day, _ in _DAYS:
        for ids in batches(shelf.ids, 200):
            shelf.page(tuple(ids), day)


def _line(what: str, took: Sequence[Took], floor: Sequence[Took], count: int) -> Line:
    ratios, goal = _ratios(took, floor), GOALS.get(what)
    work = median(least.worked / ours.worked for ours, least in zip(took, floor, strict=True))
    said = f"{spread(ratios, '.2f')}; {work:.2f} of work"
    if goal is None:
        return Line(what, _figure(took, count), said)
    return Line(what, _figure(took, count), said, f">= {goal}", median(ratios) >= goal)


def _figure(took: Sequence[Took], count: int) -> str:
    return f"{spread([count / it.waited for it in took], ',.0f')} records/s"


def _ratios(took: Sequence[Took], floor: Sequence[Took]) -> list[float]:
    return [least.waited / ours.waited for ours, least in zip(took, floor, strict=True)]


def _round(shelf: Shelf, url: str, saved: Path) -> Iterator[tuple[str, Took]]:
    """Seconds for each, one after the other, so that a slow minute of the machine slows them all."""
    yield "floor", _floor_of(shelf.originals)
    yield "hashing", _timed(lambda: [hashlib.sha256(it).hexdigest() for it in shelf.originals])
    for how, opened in (("without HTTP", _from_memory(shelf)), ("with HTTP", over_http(url))):
        yield from ((f"{what}, {how}", took) for what, took in _polled(shelf, opened))
    with TemporaryDirectory() as folder, open_context(Settings(Path(folder))) as context:
        yield "import of saved records", _timed(partial(_import, context, saved))


def _round_of_many(shelf: Shelf) -> Iterator[tuple[str, Took]]:
    yield "floor", _floor_of([shelf.record(trial, 1) for trial in shelf.ids])
    names = {"first look": f"first look at {MANY:,}", "unchanged": f"unchanged {MANY:,}"}
    yield from ((f"{names[what]}, without HTTP", took) for what, took in _polled(shelf, _from_memory(shelf)))


def _floor_of(originals: Sequence[bytes]) -> Took:
    with TemporaryDirectory() as folder:
        return _timed(lambda: _floor(originals, Path(folder) / "floor.db"))


def _polled(shelf: Shelf, opened: OpenOn) -> Iterator[tuple[str, Took]]:
    with TemporaryDirectory() as folder:
        watch_all(Path(folder), shelf.ids)
        for day, what in _DAYS:
            with opened(Path(folder), day) as context:
                yield what, _timed(partial(_poll, context, shelf))


def _timed(work: Callable[[], object]) -> Took:
    gc.collect()
    started, worked = perf_counter(), _worked()
    work()
    return Took(perf_counter() - started, _worked() - worked)


def _worked() -> float:
    """Seconds of the processor that this process has used, and those it has started and waited for."""
    others = getrusage(RUSAGE_CHILDREN)
    return process_time() + others.ru_utime + others.ru_stime


def _poll(context: Context, shelf: Shelf) -> None:
    report = poll(context)
    assert report.outcome == "complete" and report.checked == len(shelf.ids), report


def _import(context: Context, saved: Path) -> None:
    report = import_files(context, [saved])
    assert not report.rejected, report


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
