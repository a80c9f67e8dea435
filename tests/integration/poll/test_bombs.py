"""Answers small on the wire and huge in memory, and records that cost more than their size: the poll goes on."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest

from storage.polling.runs import quarantined
from tests.support.harness import IDS, ONE, TWO, Harness
from tests.support.registry.embedded_registry import Reply
from tracker.registries.value_count import MOST_ON_A_PAGE

BOMBS = {
    "objects": b'{"studies":[' + b"{}," * 20_000_000 + b"{}]}",
    "lists": b'{"studies":[{"a":[' + b"[]," * 20_000_000 + b"0]}]}",
    "texts": b'{"studies":[{"a":[' + b'"",' * MOST_ON_A_PAGE + b"0]}]}",
    "records": b'{"studies":[' + b"{}," * 5_000 + b"{}]}",
}


def _zipped(body: bytes) -> Reply:
    return Reply(200, gzip.compress(body, 6), "application/json", {"Content-Encoding": "gzip"})


def _change(harness: Harness) -> None:
    harness.day()
    harness.status(TWO)["overallStatus"] = "COMPLETED"


@pytest.mark.fault("R-G4")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_of_a_page_is_halved_down_to_its_record(harness: Harness, name: str) -> None:
    """Whatever is asked for together with ONE comes as 60 MB of nothing."""
    harness.settled(*IDS)
    _change(harness)
    bomb = _zipped(BOMBS[name])
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
def test_a_bomb_of_a_version_is_refused_by_its_host(harness: Harness) -> None:
    harness.settled(*IDS)
    bomb = _zipped(BOMBS["objects"])
    harness.registry.faults = lambda request: bomb if request.path.endswith("/version") else None
    report = harness.poll()
    assert report.outcome != "complete"
    assert "more than 1,000,000 values" in str(report)
    assert "127.0.0.1" in str(report)


POISON: dict[str, Callable[[Harness], None]] = {
    "marks on one letter": lambda harness: harness.module(ONE, "descriptionModule").update(
        briefSummary="e" + "\u0301\u0323" * 100_000
    ),
    "vowels of two marks": lambda harness: harness.module(ONE, "eligibilityModule").update(
        eligibilityCriteria="\u0f73" * 200_000
    ),
    "100,000 sites without a name": lambda harness: harness.module(ONE, "contactsLocationsModule").update(
        locations=[{}] * 100_000
    ),
    "outcomes of one name": lambda harness: harness.module(ONE, "outcomesModule").update(
        primaryOutcomes=[{"measure": "Survival", "timeFrame": f"{it} months"} for it in range(3_000)]
    ),
    "one long outcome": lambda harness: harness.module(ONE, "outcomesModule").update(
        primaryOutcomes=[{"measure": "Survival", "description": " ".join(f"w{it * 7 % 103}" for it in range(15_000))}]
    ),
    "thousands of rounds": lambda harness: harness.registry.studies[ONE]["derivedSection"]["miscInfoModule"].update(
        submissionTracking={"submissionInfos": [{"releaseDate": "2026-01-02", "resetDate": "2026-01-03"}] * 5_000}
    ),
}


@pytest.mark.fault("R-G5")
@pytest.mark.parametrize("name", POISON)
def test_a_poisoned_record_ends_and_the_others_are_read(harness: Harness, name: str) -> None:
    harness.module(ONE, "outcomesModule")["primaryOutcomes"] = [
        {"measure": "Survival", "timeFrame": f"{it} weeks", "description": " ".join(f"w{n % 100}" for n in range(it))}
        for it in range(15_000, 14_997, -1)
    ]
    harness.settled(*IDS)
    _change(harness)
    POISON[name](harness)
    report = harness.poll()
    told = harness.news()
    assert {event.trial for event in told if event.kind == "status.changed"} == {TWO}
    assert ONE in {event.trial for event in told} | {item.trial for item in report.quarantined}
