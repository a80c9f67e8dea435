"""Answers small on the wire and huge in memory, and records that cost more than their size: the poll goes on."""

from __future__ import annotations

import gc

import pytest

from storage.polling.runs import quarantined
from tests.support.harness import IDS, ONE, TWO, Harness
from tests.support.registry.bombs import BOMBS, LONG, POISON, zipped
from tests.support.registry.embedded_registry import Reply, Request
from tracker.registries.ctgov.client import UndecodablePage


def _change(harness: Harness) -> None:
    harness.day()
    harness.status(TWO)["overallStatus"] = "COMPLETED"


@pytest.mark.fault("R-G4")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_of_a_page_is_halved_down_to_its_record(harness: Harness, name: str) -> None:
    """Whatever is asked for together with ONE comes as 60 MB of nothing."""
    harness.settled(*IDS)
    _change(harness)
    bomb = zipped(BOMBS[name])
    harness.registry.faults = lambda request: bomb if ONE in f"{request.path} {request.query}" else None
    report = harness.poll()
    assert (report.outcome, report.changed, harness.kinds()[0]) == ("partial", 1, "status.changed")
    [aside] = report.quarantined
    assert aside.trial == ONE
    assert "127.0.0.1" in aside.reason and "more than" in aside.reason
    assert quarantined(harness.quarantine()[0]) == BOMBS[name][:65_536]
    harness.registry.faults = None
    harness.day()
    assert (harness.poll().outcome, harness.quarantine()) == ("complete", [])


@pytest.mark.fault("R-G4")
def test_what_came_is_let_go_before_the_halves_are_asked_for(harness: Harness) -> None:
    """Half a dozen halvings held half a dozen bodies of 60 MB."""
    harness.settled(*IDS)
    harness.day()
    bomb, held = zipped(BOMBS["records"]), []

    def fault(request: Request) -> Reply | None:
        held.append(sum(isinstance(it, UndecodablePage) for it in gc.get_objects()))
        return bomb if ONE in f"{request.path} {request.query}" else None

    harness.registry.faults = fault
    assert harness.poll().outcome == "partial"
    assert len(held) > 3 and set(held) == {0}


@pytest.mark.fault("R-G4")
def test_a_bomb_of_a_version_is_refused_by_its_host(harness: Harness) -> None:
    harness.settled(*IDS)
    bomb = zipped(BOMBS["objects"])
    harness.registry.faults = lambda request: bomb if request.path.endswith("/version") else None
    report = harness.poll()
    assert report.outcome != "complete"
    assert "more than 1,000,000 values" in str(report)
    assert "127.0.0.1" in str(report)


@pytest.mark.fault("R-G5")
@pytest.mark.parametrize("name", POISON)
def test_a_poisoned_record_ends_and_the_others_are_read(harness: Harness, name: str) -> None:
    harness.module(ONE, "outcomesModule")["primaryOutcomes"] = LONG
    harness.settled(*IDS)
    _change(harness)
    POISON[name](harness.registry.studies[ONE])
    report = harness.poll()
    told = harness.news()
    assert {event.trial for event in told if event.kind == "status.changed"} == {TWO}
    assert ONE in {event.trial for event in told} | {item.trial for item in report.quarantined}
