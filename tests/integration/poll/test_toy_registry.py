"""A registry of three facts is polled, compared and told as it is: a poll needs its object and its client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from schedules.clock import ManualClock
from storage.versions import history
from storage.versions.history import ChangeFilter
from storage.watching import watches
from tests.support.harness import QUICK, START
from tests.support.registry.toy import Toy
from tests.support.registry.toy_server import ToyServer, toy_server
from tracker.app import open_context
from tracker.config.read_settings import load_settings
from tracker.context.context import Context
from tracker.context.stored_rate_limiter import StoredRateLimiter
from tracker.http.polite_client import PoliteClient
from tracker.polling.poll import poll
from tracker.registries.registry import RegistrySettings

ONE = "TOY1"


@pytest.fixture
def toy() -> Iterator[ToyServer]:
    with toy_server() as made:
        made.trials[ONE] = {"id": ONE, "state": "RECRUITING", "people": 40, "results": False}
        yield made


@pytest.fixture
def context(toy: ToyServer, tmp_path: Path) -> Iterator[Context]:
    settings, clock, registry = load_settings({"TRIALWATCH_HOME": str(tmp_path)}), ManualClock(START), Toy()
    with open_context(settings, clock, QUICK) as opened:
        gate = StoredRateLimiter(opened.database, clock, requests_per_second=1000, holder=opened.holder)
        with closing(PoliteClient(gate, clock, user_agent="toy", limits=QUICK)) as http:
            client = registry.connect(http, RegistrySettings(toy.url), clock)
            made = replace(
                opened,
                registries={**opened.registries, "toy": registry},
                clients={**opened.clients, "toy": client},
            )
            with made.database.write() as session:
                watches.watch(session, ONE, "toy", made.clock.now())
            yield made


def kinds(context: Context, after: int = 0) -> list[str]:
    with context.database.read() as session:
        return [row.kind for row, _ in history.changes(session, ChangeFilter(after_seq=after)) if row.trial]


def test_the_toy_is_polled_compared_and_told(context: Context, toy: ToyServer) -> None:
    def look(day: str, **facts: object) -> str:
        toy.day = day
        toy.trials[ONE] |= facts
        return poll(context, registry_name="toy").outcome

    assert look("2026-08-14") == "complete"
    assert look("2026-08-14", people=60) == "unchanged", "its gate has not moved"
    assert look("2026-08-15", state="TERMINATED", results=True) == "complete"
    assert kinds(context) == ["trial.first_seen", "status.changed", "enrollment.target_changed", "results.posted"]
    assert look("2026-08-16", state=None) == "failed", "no status: kept aside"
    assert look("2026-08-17", state="TERMINATED") == "complete"
    assert len(kinds(context)) == 4


def test_what_the_toy_loses_is_believed_the_second_time_and_its_absence_too(context: Context, toy: ToyServer) -> None:
    poll(context, registry_name="toy")
    del toy.trials[ONE]["people"]
    for day in ("2026-08-15", "2026-08-16"):
        assert kinds(context) == ["trial.first_seen"]
        toy.day = day
        poll(context, registry_name="toy")
    assert kinds(context) == ["trial.first_seen", "enrollment.target_changed"]
    del toy.trials[ONE]
    for day in ("2026-08-17", "2026-08-18"):
        assert len(kinds(context)) == 2
        toy.day = day
        poll(context, registry_name="toy")
    assert kinds(context)[2:] == ["trial.gone"]
