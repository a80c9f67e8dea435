"""docs/how-to/add-a-registry.md, followed for a registry of three facts: it is polled, compared and told as it is.

Nothing outside this file knows the toy. What the guide asks to be named besides (ids, readers for `show`, an address)
is for the command line; a poll needs the two protocols and no more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from schedules.clock import ManualClock
from storage.versions import history
from storage.versions.history import ChangeFilter
from storage.watching import watches
from tests.support.harness import QUICK, START
from tracker.app import open_context
from tracker.config.settings import load_settings
from tracker.context.context import Context
from tracker.errors import Unreadable
from tracker.polling.poll import poll
from tracker.records.trial import Enrollment, Results, Title, TrialRecord
from tracker.registries.registry import Batch, Gone, Past, RawTrial, Reading, Registry


def _hash(value: object) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


class ToyClient:
    """Step 2 of the guide: a gate, and an answer for every id."""

    name = "toy"
    requests = 0

    def __init__(self) -> None:
        self.trials: dict[str, dict[str, Any]] = {}
        self.day = "2026-08-14"

    def data_timestamp(self) -> str:
        return self.day

    def fetch(self, trials: Iterable[str]) -> Iterator[Batch]:
        for trial in trials:
            found = self.trials.get(trial)
            yield Batch((Gone(trial, 404) if found is None else RawTrial(trial, dict(found), f"toy:{trial}"),))


class Toy:
    """Steps 3 and 4: a document is three facts and its id; all of it is content."""

    name = "toy"
    normalizer = 1
    known_paths = frozenset({"id", "state", "people", "results"})
    past: Past | None = None

    def __init__(self) -> None:
        self.client = ToyClient()

    def light_hash(self, document: dict[str, Any]) -> str:
        return _hash(document)

    def parts(self, document: dict[str, Any]) -> Mapping[str, str]:
        return {name: _hash(value) for name, value in document.items()}

    def outline(self, document: dict[str, Any]) -> Mapping[str, Any]:
        return document

    def lost(self, before: dict[str, Any], after: dict[str, Any]) -> str:
        return ", ".join(sorted(before.keys() - after.keys()))

    def read(self, document: dict[str, Any]) -> Reading:
        if not isinstance(document.get("state"), str):
            raise Unreadable("state", "a status", "nothing")
        record = TrialRecord(
            trial=document["id"],
            registry="toy",
            status=document["state"],
            title=Title(brief=f"Trial {document['id']}"),
            enrollment=Enrollment(document.get("people"), "ESTIMATED"),
            results=Results(state="posted" if document.get("results") else "none"),
        )
        return Reading(record, _hash(self.parts(document)), data_day="", posted="", submitted="")

    read_past = read_held = read


ONE = "TOY1"


@pytest.fixture
def toy() -> Toy:
    made = Toy()
    made.client.trials[ONE] = {"id": ONE, "state": "RECRUITING", "people": 40, "results": False}
    return made


@pytest.fixture
def context(toy: Toy, tmp_path: Path) -> Iterator[Context]:
    settings = load_settings({"TRIALWATCH_HOME": str(tmp_path)})
    with open_context(settings, ManualClock(START), QUICK) as opened:
        known: Registry = toy
        made = replace(opened, registries={**opened.registries, "toy": known})
        with made.database.write() as session:
            watches.watch(session, ONE, "toy", made.clock.now())
        yield made


def kinds(context: Context, after: int = 0) -> list[str]:
    with context.database.read() as session:
        return [row.kind for row, _ in history.changes(session, ChangeFilter(after_seq=after)) if row.trial]


def test_the_toy_is_polled_compared_and_told(context: Context, toy: Toy) -> None:
    def look(day: str, **facts: object) -> str:
        toy.client.day = day
        toy.client.trials[ONE] |= facts
        return poll(context, registry="toy").outcome

    assert look("2026-08-14") == "complete"
    assert look("2026-08-14", people=60) == "unchanged", "its gate has not moved"
    assert look("2026-08-15", state="TERMINATED", results=True) == "complete"
    assert kinds(context) == ["trial.first_seen", "status.changed", "enrollment.target_changed", "results.posted"]
    assert look("2026-08-16", state=None) == "failed", "no status: kept aside"
    assert look("2026-08-17", state="TERMINATED") == "complete"
    assert len(kinds(context)) == 4


def test_what_the_toy_loses_is_believed_the_second_time_and_its_absence_too(context: Context, toy: Toy) -> None:
    poll(context, registry="toy")
    del toy.client.trials[ONE]["people"]
    for day in ("2026-08-15", "2026-08-16"):
        assert kinds(context) == ["trial.first_seen"]
        toy.client.day = day
        poll(context, registry="toy")
    assert kinds(context) == ["trial.first_seen", "enrollment.target_changed"]
    del toy.client.trials[ONE]
    for day in ("2026-08-17", "2026-08-18"):
        assert len(kinds(context)) == 2
        toy.client.day = day
        poll(context, registry="toy")
    assert kinds(context)[2:] == ["trial.gone"]
