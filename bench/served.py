"""How fast pages, API and feeds are as they are asked: through the application in this process, and over HTTP."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import count as counting
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import httpx

from bench.listed import build
from bench.lives import NOW, ROUNDS, keep, lives
from bench.material import own_id, posted
from bench.servers import Server, datasette, ours
from bench.table import Line, quantiles, spread
from schedules.clock import ManualClock
from storage.engine.bulk import table_of
from storage.engine.database import Database
from storage.tables.models import TrialRow
from storage.versions import history
from storage.versions.history import ChangeFilter
from storage.watching import watches
from tracker.config.read_settings import load_settings
from tracker.daemon.log import Log
from tracker.services.results.kept.keep_standings import refresh
from tracker.web.application import application
from tracker.web.server import open_site

__all__ = ["build_home", "material", "run"]

SIZES = tuple(int(it) for it in os.environ.get("BENCH_TRIALS", "10000,100000").split(","))
STORES = os.environ.get("BENCH_STORES", "")
"""A folder that keeps the stores from run to run."""
ROUNDS_ASKED = int(os.environ.get("BENCH_ROUNDS", "21"))
WITH_RECORDS = 20
"""Trials of the store whose versions hold records with posted results. The pages of one trial are asked of these."""
STARTS = 7
REQUESTS = 1_000
SMALL, LARGE = 10_000, 100_000
MIDDLE, LATE, OF_LARGE, START = 0.050, 0.150, 0.300, 1.0
"""Goals in seconds: median and 95th percentile of a page, median of Today and Trials of the large store, a start."""
_OF_LARGE = ("Today", "Trials")

_NUMBERS = counting(1)

Paths = Mapping[str, Sequence[str]]


def material() -> str:
    load = "/".join(f"{it:.1f}" for it in os.getloadavg())
    return f"made-up rows, and {WITH_RECORDS} trials with records; load at the end {load}"


def run() -> list[Line]:
    """Measure every page at every size."""
    lines: list[Line] = []
    with TemporaryDirectory(prefix="trialwatch-bench-") as folder:
        clock = Path(folder) / "clock"
        clock.write_text(NOW.isoformat())
        for count in SIZES:
            home = Path(STORES or folder) / f"served-{count}"
            if not home.exists():
                build_home(home, count)
            name = f"{count:,} x {ROUNDS}"
            lines += _in_process(name, home, count)
            lines += _over_http(name, home, clock)
            lines += _starts(name, home, clock)
    return lines


def build_home(home: Path, count: int) -> None:
    """Build the store of `count` made-up trials and some with records in a home."""
    home.mkdir(parents=True)
    store, listed = home / "trialwatch.db", home.with_name(f"listed-{count}.db")
    if listed.exists():
        shutil.copy(listed, store)
    else:
        build(store, count)
    studies = sorted((it for it in posted() if int(own_id(it)[3:]) > count), key=lambda it: len(str(it)))
    some = studies[:: max(1, len(studies) // WITH_RECORDS)][:WITH_RECORDS]
    last: dict[str, str] = {}
    with closing(Database.open(store, NOW)) as database:
        for number, found in enumerate(lives(some, ROUNDS)):
            with database.write(durable=False) as session:
                keep(session, found, number, last)
        with database.write(durable=False) as session:
            for trial in last:
                watches.watch(session, trial, "ctgov", NOW)
        refresh(database)
        database.fold_log()


def _paths(store: Path) -> Paths:
    with closing(Database.open_for_reading(store)) as database, database.read() as session:
        latest = history.changes(session, ChangeFilter(limit=WITH_RECORDS))
    trials = [row.trial for row, _ in latest]
    changes = [row.id for row, _ in latest]
    return {
        "Today": ["/"],
        "Today, 30 days": ["/?days=30"],
        "Trials": ["/trials"],
        "Trials by title": ["/trials?sort=title"],
        "Trials, a word": ["/trials?q=heart"],
        "a trial": [f"/trials/{it}" for it in trials],
        "compare": [f"/trials/{it}/compare" for it in trials],
        "reported": [f"/trials/{it}/reported" for it in trials],
        "Changes": ["/changes"],
        "a change": [f"/changes/{it}" for it in changes],
        "Results owed": ["/results"],
        "Sets": ["/sets"],
        "Alerts": ["/alerts"],
        "Status": ["/status"],
        "/api/v1/trials": ["/api/v1/trials"],
        "/api/v1/trials/ID": [f"/api/v1/trials/{it}" for it in trials],
        "/api/v1/changes": ["/api/v1/changes"],
        "/api/v1/changes, the latest": [f"/api/v1/changes?after={latest[0][0].seq - 100}"],
        "/api/v1/results": ["/api/v1/results"],
        "/api/v1/status": ["/api/v1/status"],
        "/feeds/changes.atom": ["/feeds/changes.atom"],
        "/metrics": ["/metrics"],
    }


def _in_process(name: str, home: Path, count: int) -> Iterator[Line]:
    """Seconds of the processor: the file is in the machine's cache, so nothing else is waited for."""
    store = home / "trialwatch.db"
    settings = load_settings({"TRIALWATCH_HOME": str(home)})
    clock = ManualClock(NOW)
    with closing(Database.open(store, NOW)) as database, open_site(settings, clock, Log(clock)) as site:
        transport = httpx.ASGITransport(app=application(site))
        for what, paths in _paths(store).items():
            with asyncio.Runner() as runner:
                client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
                times = [runner.run(_asked(client, path)) for path in _rounds(paths)]
                after = [_after_a_commit(database, runner, client, path) for path in _rounds(paths)[:5]]
            goal, reached = _judged(what, count, times)
            yield Line(f"{name}: {what}, in process", f"{quantiles(times, 0)}; {_ms(after)}", "", goal, reached)


def _rounds(paths: Sequence[str]) -> list[str]:
    found = cycle(paths)
    return [next(found) for _ in range(max(ROUNDS_ASKED, len(paths)))]


async def _asked(client: httpx.AsyncClient, path: str) -> float:
    client.cookies.clear()  # each visit is the first
    started = process_time()
    answer = await client.get(path)
    taken = process_time() - started
    assert answer.status_code == 200, (path, answer.text)
    return taken


def _after_a_commit(database: Database, runner: asyncio.Runner, client: httpx.AsyncClient, path: str) -> float:
    # Another value each time: SQLite writes nothing where nothing differs.
    looked = NOW + timedelta(microseconds=next(_NUMBERS))
    with database.write(durable=False) as session:
        trial = table_of(TrialRow)
        session.connection().execute(
            trial.update().where(trial.c.trial == "NCT00000001").values(last_checked_at=looked)
        )
    return runner.run(_asked(client, path))


def _ms(times: Sequence[float]) -> str:
    return f"{median(times) * 1000:,.0f} just after a commit"


def _judged(what: str, count: int, times: Sequence[float]) -> tuple[str, bool | None]:
    late = sorted(times)[min(int(len(times) * 0.95), len(times) - 1)]
    if count == SMALL and not what.startswith("/"):
        return f"<= {MIDDLE * 1000:.0f}, p95 <= {LATE * 1000:.0f} ms", median(times) <= MIDDLE and late <= LATE
    if count == LARGE and what in _OF_LARGE:
        return f"<= {OF_LARGE * 1000:.0f} ms", median(times) <= OF_LARGE
    return "", None


def _over_http(name: str, home: Path, clock: Path) -> Iterator[Line]:
    store = home / "trialwatch.db"
    paths = _paths(store)
    with ours(home, clock) as server:
        first = server.memory()
        for what in ("Today", "Trials", "a trial", "Changes"):
            yield Line(f"{name}: {what}, over HTTP", _waited(server, _rounds(paths[what])), "")
        ways = cycle([path for some in paths.values() for path in some])
        before = server.memory()
        for _ in range(REQUESTS):
            server.client.get(next(ways)).raise_for_status()
        memory = ", ".join(f"{it / 2**20:.0f}" for it in (first, before, server.memory()))
        yield Line(f"{name}: memory at the start, after some pages, after {REQUESTS:,} more", f"{memory} MB", "")
    with ours(home, clock) as server, datasette(store) as other:
        if other is None:
            return
        # In turn, so that a slow minute slows both.
        both: dict[str, tuple[Server, str]] = {
            "our list by title, JSON": (server, "/trials.json?sort=title"),
            "Datasette's table by title, JSON": (other, "/trialwatch/trial.json?_sort=title&_size=50&_shape=objects"),
            "our list by title, HTML": (server, "/trials?sort=title"),
            "Datasette's table by title, HTML": (other, "/trialwatch/trial?_sort=title&_size=50"),
        }
        times: dict[str, list[float]] = {what: [] for what in both}
        for turn in range(ROUNDS_ASKED + 1):
            for what, (asked, path) in both.items():
                taken = _taken(asked, path)
                times[what] += [taken] if turn else []
        for what, found in times.items():
            form = what[-4:]
            bare = median(times[f"our list by title, {form}"])
            yield Line(f"{name}: {what}", quantiles(found, 0), f"{median(found) / bare:.2f}")


def _taken(server: Server, path: str) -> float:
    started = perf_counter()
    server.client.get(path).raise_for_status()
    return perf_counter() - started


def _waited(server: Server, paths: Sequence[str]) -> str:
    waited = []
    began = server.worked()
    for path in paths:
        server.client.cookies.clear()
        waited.append(_taken(server, path))
    worked = (server.worked() - began) / len(paths)
    return f"{quantiles(waited, 0)}, {worked * 1000:,.0f} ms of work"


def _starts(name: str, home: Path, clock: Path) -> Iterator[Line]:
    """From the start of the process to the end of its first answer."""
    waited, worked = [], []
    for turn in range(STARTS + 1):
        with ours(home, clock) as server:
            server.client.get("/").raise_for_status()
            taken = perf_counter() - server.began
            if turn:
                waited.append(taken)
                worked.append(server.worked())
    figure = f"{spread(waited, '.2f')} s, {median(worked):.2f} s of work"
    small = name.startswith(f"{SMALL:,}")
    goal, reached = (f"<= {START:.0f} s", median(waited) <= START) if small else ("", None)
    yield Line(f"{name}: the first page after a start", figure, "", goal, reached)
