"""What finding similar trials costs: the whole command as a process, a question to an open index, the index itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.material import Shelf, records
from bench.polls import watch_all
from bench.registry import FromMemory
from bench.table import Line, spread
from storage.engine.database import Database
from tracker.app import open_context
from tracker.config.settings import Settings
from tracker.context.progress import silent
from tracker.polling.poll import poll
from tracker.registries.ctgov.client import CtgovClient
from tracker.similar.comparison import stored_seed
from tracker.similar.index.stored_index import open_index
from tracker.similar.ranking.postings import query_of
from tracker.similar.ranking.vectors import vector_of

__all__ = ["cost"]

SIZES = tuple(int(it) for it in os.environ.get("BENCH_TRIALS", "10000,100000").split(","))
SECONDS = {10_000: 0.5, 100_000: 0.6}
WARM_MS, BYTES = 60, 4_000
TIMES, QUESTIONS = 7, 40


def cost() -> Iterator[Line]:
    """For stores of copies of the real records: they have the shape of real words, and not their variety."""
    for size in SIZES:
        with TemporaryDirectory() as folder:
            yield from _cost(size, Path(folder))


def _cost(size: int, home: Path) -> Iterator[Line]:
    shelf, what = Shelf(records(), size), f"{size:,} stored trials"
    watch_all(home, shelf.ids)
    with open_context(Settings(home)) as opened:
        context = replace(opened, clients={"ctgov": CtgovClient(FromMemory(shelf), "memory:/1")})
        assert poll(context).checked == size
    seeds = shelf.ids[:: max(size // QUESTIONS, 1)]
    with closing(Database.open(f"sqlite:///{home / 'trialwatch.db'}")) as database:
        started = perf_counter()
        index = open_index(database, Settings(home).derived, silent)
        made = perf_counter() - started
        warm = []
        for seed in seeds:
            record = stored_seed(database, seed)
            assert record is not None
            started = perf_counter()
            index.scores(query_of(vector_of(record, index.background), index.background))
            warm.append((perf_counter() - started) * 1000)
    yield Line(f"{what}: the index, made once", f"{made:,.1f} s", f"{made / size * 1000:.1f} ms a trial")
    stored = sum(file.stat().st_size for file in Settings(home).derived.rglob("*") if file.is_file()) / size
    yield Line(f"{what}: its size", f"{stored:,.0f} bytes a trial", "", f"<= {BYTES:,}", stored <= BYTES)
    reached = sorted(warm)[len(warm) // 2] <= WARM_MS
    yield Line(f"{what}: a question to the open index", f"{spread(warm, '.0f')} ms", "", f"<= {WARM_MS} ms", reached)
    yield _process(what, home, seeds[1], SECONDS.get(size))


def _process(what: str, home: Path, seed: str, goal: float | None) -> Line:
    """The command as a user runs it, beside `show` of the same trial: what any command that reads a record needs."""

    def seconds(*words: str) -> list[float]:
        environment = {**os.environ, "TRIALWATCH_HOME": str(home)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        taken = []
        for _ in range(TIMES + 1):
            started = perf_counter()
            command = [sys.executable, "-m", "tracker", *words, seed, "-o", "json"]
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
            taken.append(perf_counter() - started)
        return taken[1:]

    ours, show = seconds("similar", "--stored"), seconds("show")
    middle = sorted(ours)[TIMES // 2]
    ratio = f"{middle / sorted(show)[TIMES // 2]:.2f} of `show`"
    reached = middle <= goal if goal else None
    return Line(
        f"{what}: `similar --stored`", f"{spread(ours, '.2f')} s", ratio, f"<= {goal} s" if goal else "", reached
    )
