"""How fast the tools for assistants answer: the SDK's own client, over standard streams and over HTTP."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

import orjson
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from sqlmodel import Session, select

from bench.lives import NOW
from bench.lives import ROUNDS as MADE_VERSIONS
from bench.material import own_id, records
from bench.served import build_home
from bench.servers import ours, worked_by
from bench.table import Line, quantiles
from storage.documents import documents
from storage.engine.bulk import batches, table_of
from storage.engine.database import Database
from storage.tables.models import SnapshotRow, TrialRow
from storage.versions import history
from tests.support.mcp.assistants import Assistant, connected
from tracker.config.settings import Settings
from tracker.context.progress import silent
from tracker.similar.index.stored_index import open_index

__all__ = ["material", "run"]

SIZE = int(os.environ.get("BENCH_ASSISTANT_TRIALS", "100000"))
STORES = os.environ.get("BENCH_STORES", "")
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "21"))
COMMITS = 5
_TOGETHER = 1_000
GOAL = 0.300
"""Seconds of the processor for each tool: the median, and the median just after a commit."""

Calls = Mapping[str, Sequence[tuple[str, dict[str, Any]]]]


def material() -> str:
    load = "/".join(f"{it:.1f}" for it in os.getloadavg())
    return f"made-up rows, texts of {len(records()):,} records; load at the end {load}"


def run() -> list[Line]:
    """Ask each tool in both ways."""
    with TemporaryDirectory(prefix="trialwatch-bench-") as folder:
        clock = Path(folder) / "clock"
        clock.write_text(NOW.isoformat())
        home = Path(STORES or folder) / f"assistants-{SIZE}"
        if not (home / "made").exists():
            _build(home)
        calls = _calls(home / "trialwatch.db")
        return [*_over_streams(home, clock, calls), *_over_http(home, clock, calls)]


def _build(home: Path) -> None:
    """The store of the pages. Its trials have the texts of the records, so that trials are alike as real ones are."""
    shutil.rmtree(home, ignore_errors=True)
    build_home(home, SIZE)
    with closing(Database.open(home / "trialwatch.db", NOW)) as database:
        with database.read() as session:
            wanted = session.exec(select(TrialRow.trial).where(TrialRow.trial <= f"NCT{SIZE:08d}")).all()
        shelf = records()
        for some in batches(list(enumerate(wanted)), _TOGETHER):
            with database.write(durable=False) as session:
                _give_texts(session, [(trial, _renamed(shelf[number % len(shelf)], trial)) for number, trial in some])
        database.fold_log()
        open_index(database, Settings(home).derived, silent)
    (home / "made").touch()


def _renamed(record: bytes, trial: str) -> bytes:
    """Return the canonical document of a record under another number."""
    own = own_id(orjson.loads(record)).encode()
    return documents.canonical(orjson.loads(record.replace(own, trial.encode())))


def _give_texts(session: Session, texts: Sequence[tuple[str, bytes]]) -> None:
    """Make these documents the current versions of trials."""
    table = table_of(SnapshotRow)
    documents.keep(session, [(documents.digest(raw), raw) for _, raw in texts], {})
    for trial, raw in texts:
        of_trial = table.update().where(table.c.trial == trial, table.c.version == MADE_VERSIONS)
        session.connection().execute(of_trial.values(raw_sha256=documents.digest(raw)))


def _calls(store: Path) -> Calls:
    with closing(Database.open_for_reading(store)) as database, database.read() as session:
        seq = history.store(session).seq
        real = list(session.exec(select(TrialRow.trial).where(TrialRow.trial > f"NCT{SIZE:08d}")))
    return {
        "search_trials": [("search_trials", {})],
        "search_trials, a word": [("search_trials", {"words": word}) for word in ("heart", "survival", "dose")],
        "search_trials, mine, owing": [("search_trials", {"watched_only": True, "owing": True, "sort": "late"})],
        "get_trial": [("get_trial", {"trial": it}) for it in real],
        "get_trial, as of a day": [("get_trial", {"trial": it, "as_of": "2025-02-01"}) for it in real],
        "list_changes, the latest 100": [("list_changes", {"after": seq - 100, "limit": 100})],
        "list_changes, since a day, of a kind": [("list_changes", {"since": "2026-01-01", "kinds": ["results.*"]})],
        "results_state": [("results_state", {"trials": [it]}) for it in real],
        "results_due": [("results_due", {})],
        "results_due, a year ahead, a rule": [("results_due", {"before": "2027-03-01", "rule": "fdaaa801"})],
        "similar_trials": [("similar_trials", {"trial": it}) for it in real],
        "reported_results": [("reported_results", {"trial": it}) for it in real],
        "compare_outcomes": [("compare_outcomes", {"trial": it}) for it in real],
    }


def _over_streams(home: Path, clock: Path, calls: Calls) -> Iterator[Line]:
    environment = {**os.environ, "TRIALWATCH_HOME": str(home), "TRIALWATCH_TEST_CLOCK": str(clock)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = StdioServerParameters(command=sys.executable, args=["-m", "tracker", "mcp"], env=environment)
    with Path(os.devnull).open("w") as nowhere:
        began, before = perf_counter(), _children()
        with connected(stdio_client(command, errlog=nowhere)) as assistant:
            assistant.ask("search_trials", limit=1)
            yield Line("from the start of the process to its first answer", f"{perf_counter() - began:.2f} s", "")
            [pid] = _children() - before
            yield from _lines("standard streams", home, _Asked(assistant, pid), calls)


def _children() -> set[int]:
    """Return the processes that this one has started."""
    found = (task.read_text().split() for task in Path("/proc/self/task").glob("*/children"))
    return {int(pid) for pids in found for pid in pids}


def _over_http(home: Path, clock: Path, calls: Calls) -> Iterator[Line]:
    with ours(home, clock) as server:
        address = str(server.client.base_url).rstrip("/") + "/mcp"
        with connected(streamable_http_client(address)) as assistant:
            yield from _lines("HTTP", home, _Asked(assistant, server.pid), calls)


class _Taken(NamedTuple):
    """Seconds that a call took: as an assistant waits, and of the server's processor."""

    waited: float
    worked: float


class _Asked(NamedTuple):
    """A client, and the process that answers it."""

    assistant: Assistant
    pid: int

    def take(self, tool: str, arguments: dict[str, Any]) -> _Taken:
        worked, started = worked_by(self.pid), perf_counter()
        said = self.assistant.ask(tool, **arguments)
        taken = _Taken(perf_counter() - started, worked_by(self.pid) - worked)
        assert not said.failed, (tool, arguments, said.text)
        return taken


def _lines(way: str, home: Path, asked: _Asked, calls: Calls) -> Iterator[Line]:
    for what, wanted in calls.items():
        asked.take(*wanted[0])  # what is loaded with the first question is not asked of each
        turns = cycle(wanted)
        times = [asked.take(*next(turns)) for _ in range(ROUNDS)]
        after = []
        for number in range(COMMITS):
            _commit(home, number)
            after.append(asked.take(*next(turns)))
        worked, worked_after = (median(it.worked for it in some) for some in (times, after))
        waited_after = median(it.waited for it in after)
        figure = (
            f"{quantiles([it.waited for it in times], 0)}, {worked * 1000:,.0f} ms of work; just after a commit "
            f"{waited_after * 1000:,.0f} ms, {worked_after * 1000:,.0f} ms of work"
        )
        reached = max(worked, worked_after) <= GOAL
        yield Line(f"{SIZE:,} trials: {what}, {way}", figure, "", f"<= {GOAL * 1000:.0f} ms of work", reached)


def _commit(home: Path, number: int) -> None:
    # Another value each time: SQLite writes nothing where nothing differs.
    looked = NOW + timedelta(microseconds=number + os.getpid())
    with closing(Database.open(home / "trialwatch.db", NOW)) as database, database.write(durable=False) as session:
        trial = table_of(TrialRow)
        session.connection().execute(
            trial.update().where(trial.c.trial == "NCT00000001").values(last_checked_at=looked)
        )
