"""Answers small on the wire and huge in memory, and records that cost more than their size: the poll goes on."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest

from storage.polling.runs import quarantined
from tests.fault_server import Reply
from tests.poll.world import IDS, ONE, TWO, World
from tracker.registries.value_count import MOST_ON_A_PAGE

BOMBS = {
    "objects": b'{"studies":[' + b"{}," * 20_000_000 + b"{}]}",
    "lists": b'{"studies":[{"a":[' + b"[]," * 20_000_000 + b"0]}]}",
    "texts": b'{"studies":[{"a":[' + b'"",' * MOST_ON_A_PAGE + b"0]}]}",
    "records": b'{"studies":[' + b"{}," * 5_000 + b"{}]}",
}


def _zipped(body: bytes) -> Reply:
    return Reply(200, gzip.compress(body, 6), "application/json", {"Content-Encoding": "gzip"})


def _change(world: World) -> None:
    world.day()
    world.status(TWO)["overallStatus"] = "COMPLETED"


@pytest.mark.fault("R-G4")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_of_a_page_is_halved_down_to_its_record(world: World, name: str) -> None:
    """Whatever is asked for together with ONE comes as 60 MB of nothing."""
    world.settled(*IDS)
    _change(world)
    bomb = _zipped(BOMBS[name])
    world.registry.faults = lambda request: bomb if ONE in f"{request.path} {request.query}" else None
    report = world.poll()
    assert (report.outcome, report.changed, world.kinds()[0]) == ("partial", 1, "status.changed")
    [aside] = report.quarantined
    assert aside.trial == ONE
    assert "127.0.0.1" in aside.reason and "more than" in aside.reason
    assert quarantined(world.quarantine()[0]) == BOMBS[name][:65_536]
    world.registry.faults = None
    world.day()
    assert (world.poll().outcome, world.quarantine()) == ("complete", [])


@pytest.mark.fault("R-G4")
def test_a_bomb_of_a_version_is_refused_by_its_host(world: World) -> None:
    world.settled(*IDS)
    bomb = _zipped(BOMBS["objects"])
    world.registry.faults = lambda request: bomb if request.path.endswith("/version") else None
    report = world.poll()
    assert report.outcome != "complete"
    assert "more than 1,000,000 values" in str(report)
    assert "127.0.0.1" in str(report)


POISON: dict[str, Callable[[World], None]] = {
    "marks on one letter": lambda world: world.module(ONE, "descriptionModule").update(
        briefSummary="e" + "\u0301\u0323" * 100_000
    ),
    "vowels of two marks": lambda world: world.module(ONE, "eligibilityModule").update(
        eligibilityCriteria="\u0f73" * 200_000
    ),
    "100,000 sites without a name": lambda world: world.module(ONE, "contactsLocationsModule").update(
        locations=[{}] * 100_000
    ),
    "outcomes of one name": lambda world: world.module(ONE, "outcomesModule").update(
        primaryOutcomes=[{"measure": "Survival", "timeFrame": f"{it} months"} for it in range(3_000)]
    ),
    "one long outcome": lambda world: world.module(ONE, "outcomesModule").update(
        primaryOutcomes=[{"measure": "Survival", "description": " ".join(f"w{it * 7 % 103}" for it in range(15_000))}]
    ),
    "thousands of rounds": lambda world: world.registry.studies[ONE]["derivedSection"]["miscInfoModule"].update(
        submissionTracking={"submissionInfos": [{"releaseDate": "2026-01-02", "resetDate": "2026-01-03"}] * 5_000}
    ),
}


@pytest.mark.fault("R-G5")
@pytest.mark.parametrize("name", POISON)
def test_a_poisoned_record_ends_and_the_others_are_read(world: World, name: str) -> None:
    world.module(ONE, "outcomesModule")["primaryOutcomes"] = [
        {"measure": "Survival", "timeFrame": f"{it} weeks", "description": " ".join(f"w{n % 100}" for n in range(it))}
        for it in range(15_000, 14_997, -1)
    ]
    world.settled(*IDS)
    _change(world)
    POISON[name](world)
    report = world.poll()
    told = world.news()
    assert {event.trial for event in told if event.kind == "status.changed"} == {TWO}
    assert ONE in {event.trial for event in told} | {item.trial for item in report.quarantined}
