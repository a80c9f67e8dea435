"""Processes that die in the middle, wait for each other, or write beside each other."""

from __future__ import annotations

import copy
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from storage.documents import documents
from storage.documents.read_documents import load
from storage.polling import runs
from storage.reads.in_session import SessionReader
from storage.values.states import RunOutcome
from storage.versions import snapshots, trials
from tests.support.harness import IDS, ONE, TWO, Harness, another_process, is_list, record
from tests.support.registry.embedded_registry import Reply, Request
from tracker.errors import Busy
from tracker.polling.decide import Fetched, decide
from tracker.registries.ctgov import Ctgov
from tracker.registries.registry import Reading


@contextmanager
def _stuck(harness: Harness, where: Callable[[Request], bool]) -> Iterator[threading.Event]:
    """The registry falls silent at the request `where` names. The event is set when it came."""
    came, released = threading.Event(), threading.Event()

    def fault(request: Request) -> Reply | None:
        if where(request):
            came.set()
            released.wait(30)
        return None

    harness.registry.faults = fault
    try:
        yield came
    finally:
        harness.registry.faults = []
        released.set()


@contextmanager
def _child(harness: Harness) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.support.poll_child", harness.settings.database_url, harness.registry.url]
    pipe = subprocess.PIPE
    child = subprocess.Popen([*command, harness.clock.now().isoformat()], stdin=pipe, stdout=pipe, text=True)
    with child:
        try:
            yield child
        finally:
            child.kill()


def _second_group(request: Request) -> bool:
    return is_list(request) and "NCT00000210" in request.ids


def _killed_in_a_request(harness: Harness) -> None:
    with _stuck(harness, _second_group) as came, _child(harness):
        assert came.wait(30)


def _killed_while_it_commits(harness: Harness) -> None:
    with _child(harness) as child:
        assert child.stdout is not None
        assert any(line.startswith("Comparing 100") for line in child.stdout)


KILLS = {"in a request": _killed_in_a_request, "while it commits": _killed_while_it_commits}


@pytest.mark.parametrize("kill", KILLS.values(), ids=KILLS.keys())
def test_a_poll_killed_in_the_middle_loses_nothing_and_doubles_nothing(
    harness: Harness, kill: Callable[[Harness], None]
) -> None:
    names = [f"NCT{number:08d}" for number in range(1, 211)]
    harness.registry.studies = {trial: record(trial) for trial in names}
    harness.settled()
    harness.day()
    for trial in names:
        harness.status(trial)["overallStatus"] = "COMPLETED"
    kill(harness)
    assert (harness.last_run().outcome, harness.faults()) == (RunOutcome.RUNNING, [])
    # The dead process left its request open at the host; its lease runs out.
    harness.clock.advance(timedelta(minutes=5))
    assert harness.poll().outcome == "complete"
    assert [(it.kind, it.trial) for it in harness.news()] == [("status.changed", trial) for trial in names]
    assert {len(harness.versions(trial)) for trial in names} == {2}
    with harness.context.database.read() as session:
        dead = runs.get(session, harness.last_run().id - 1)  # type: ignore[operator]
        assert dead is not None
        assert (dead.outcome, runs.staged_count(session, dead.id or 0)) == ("failed", 0)


def test_a_dead_run_is_closed_even_when_the_registry_is_out_of_reach(harness: Harness) -> None:
    harness.settled()
    with harness.context.database.write() as session:
        dead = runs.start(session, "ctgov", "2026-08-14T09:00:05", harness.clock.now())
    harness.registry.faults = lambda _: Reply(500)
    assert harness.poll().outcome == "failed"
    with harness.context.database.read() as session:
        row = runs.get(session, dead)
    assert row is not None
    assert row.outcome == "failed"


def test_a_second_poll_says_who_is_polling(harness: Harness) -> None:
    harness.watch(*IDS)
    with another_process(harness) as other:
        thread = threading.Thread(target=other.poll)
        with _stuck(harness, is_list) as came:
            thread.start()
            assert came.wait(10)
            with pytest.raises(Busy, match=other.context.holder) as busy:
                harness.poll(patience=0.0)
        thread.join(30)
    assert busy.value.subject == other.context.holder
    assert (harness.poll().outcome, harness.kinds()) == ("unchanged", ["trial.first_seen"] * 6)


class Meddler(Ctgov):
    """Lets somebody else write, once, while a record is being read to decide on it."""

    def __init__(self, write: Callable[[], None]) -> None:
        self._writes = [write]

    def read(self, document: dict[str, Any]) -> Reading:
        while self._writes:
            self._writes.pop()()
        return super().read(document)


def _store(writer: Harness, status: str) -> None:
    """Write ONE's record with this status past any poll, as an import would."""
    document = copy.deepcopy(writer.registry.studies[ONE])
    document["protocolSection"]["statusModule"]["overallStatus"] = status
    raw, registry = documents.canonical(document), writer.context.registries["ctgov"]
    with writer.context.database.write() as session:
        head = trials.heads(session, [ONE])[ONE]
        documents.keep(session, [(documents.digest(raw), raw)])
        previous = orjson.loads(load(SessionReader(session), head.raw_sha256))
        fetched = Fetched(document, previous, documents.digest(raw), registry.light_hash(document), "")
        now = writer.clock.now()
        decision = decide(registry, fetched, head, trial=ONE, day=now.date().isoformat(), now=now, run=1)
        assert decision.step is not None
        snapshots.commit(session, [decision.step])


@pytest.mark.parametrize(
    ("meanwhile", "story"),
    [
        ("COMPLETED", ["Recruiting to Completed"]),
        ("SUSPENDED", ["Recruiting to Suspended, no reason given (after the start)", "Suspended to Completed"]),
    ],
    ids=["the same", "something else"],
)
def test_a_head_that_moved_between_deciding_and_committing_is_decided_on_anew(
    harness: Harness, meanwhile: str, story: list[str]
) -> None:
    harness.settled(ONE, TWO)
    harness.day()
    for trial in (ONE, TWO):
        harness.status(trial)["overallStatus"] = "COMPLETED"
    with another_process(harness) as other:
        meddler = Meddler(lambda: _store(other, meanwhile))
        harness.context = replace(harness.context, registries={"ctgov": meddler})
        assert harness.poll().outcome == "complete"
    told = [it.summary.removeprefix("Status changed from ") for it in harness.news() if it.trial == ONE]
    assert told == story
    assert [it.status for it in harness.versions(ONE)][-1] == "COMPLETED"
    assert [len(harness.versions(trial)) for trial in (ONE, TWO)] == [1 + len(story), 2]
