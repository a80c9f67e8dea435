"""A record that our own code fails on: it is kept aside with its bytes, and every other one goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from storage.errors import Full
from storage.polling.runs import quarantined
from tests.soak.fuzz.mutations import KINDS
from tests.support.harness import IDS, ONE, THREE, TWO, Harness, is_list, json_text
from tests.support.registry.embedded_registry import Reply, Request
from tracker.errors import ReaderFault, RecordError, Unreachable
from tracker.isolation import one_record, where
from tracker.registries.ctgov import Ctgov
from tracker.registries.registry import Reading

pytestmark = pytest.mark.fault("R-G1")
DIGITS = "&#" + "9" * 4400 + ";"
SILLY = "a record to stumble over"


def stumble(document: Mapping[str, Any]) -> None:
    """A fault of our own, met on one record alone."""
    if document["protocolSection"]["identificationModule"].get("acronym") == SILLY:
        raise ValueError("Exceeds the limit (4300 digits) for integer string conversion")


def deep(document: Mapping[str, Any]) -> None:
    if document["protocolSection"]["identificationModule"].get("acronym") == SILLY:
        deep(document)


class Stumbling(Ctgov):
    """Reads as ever, but for one step that fails on one record. `step` is its name."""

    step = ""
    fail: Callable[[Mapping[str, Any]], None] = staticmethod(stumble)

    def _at(self, step: str, document: Mapping[str, Any]) -> None:
        if step == self.step:
            self.fail(document)

    def light_hash(self, document: dict[str, Any]) -> str:
        self._at("light_hash", document)
        return super().light_hash(document)

    def outline(self, document: dict[str, Any]) -> Mapping[str, Any]:
        self._at("outline", document)
        return super().outline(document)

    def lost(self, before: dict[str, Any], after: dict[str, Any]) -> str:
        self._at("lost", after)
        return super().lost(before, after)

    def read(self, document: dict[str, Any]) -> Reading:
        self._at("read", document)
        return super().read(document)

    def read_past(self, document: dict[str, Any]) -> Reading:
        self._at("read_past", document)
        return super().read_past(document)


def stumbling(harness: Harness, step: str, fail: Callable[[Mapping[str, Any]], None] = stumble) -> Stumbling:
    found = Stumbling()
    found.step, found.fail = step, fail  # type: ignore[method-assign]
    harness.context = replace(harness.context, registries={"ctgov": found})
    return found


def _next_day(harness: Harness) -> None:
    """ONE becomes a record to stumble over, TWO completes."""
    harness.day()
    harness.module(ONE, "identificationModule")["acronym"] = SILLY
    harness.status(TWO)["overallStatus"] = "COMPLETED"


@pytest.mark.parametrize("module", ["descriptionModule", "conditionsModule", "moduleOfTheFuture"])
def test_thousands_of_digits_are_read_like_any_text(harness: Harness, module: str) -> None:
    harness.settled(*IDS)
    harness.day()
    harness.module(ONE, module)["briefSummary" if module == "descriptionModule" else "note"] = DIGITS
    harness.status(TWO)["overallStatus"] = "COMPLETED"
    assert (harness.poll().outcome, "status.changed" in harness.kinds()) == ("complete", True)
    assert len(harness.versions(ONE)) == 2


@pytest.mark.parametrize("fail", [stumble, deep])
@pytest.mark.parametrize("step", ["light_hash", "lost", "read"])
def test_a_record_we_stumble_over_is_kept_aside(
    harness: Harness, step: str, fail: Callable[[Mapping[str, Any]], None]
) -> None:
    harness.settled(*IDS)
    stumbling(harness, step, fail)
    _next_day(harness)
    report = harness.poll()
    assert (report.outcome, report.changed, [it.trial for it in report.quarantined]) == ("partial", 1, [ONE])
    assert "this is a fault of Trialwatch's reading" in report.quarantined[0].reason
    assert fail.__name__ in report.faults[0].trace and "test_net.py:" in report.faults[0].trace
    assert harness.kinds() == ["status.changed", "ops.quarantine"]
    [row] = harness.quarantine()
    assert json.loads(quarantined(row)) == harness.registry.studies[ONE]


def test_the_same_fault_is_said_once_and_lifted_when_mended(harness: Harness) -> None:
    harness.settled(*IDS)
    reader = stumbling(harness, "read")
    _next_day(harness)
    first = harness.poll()
    harness.day()
    again = harness.poll()
    assert (first.outcome, len(first.faults), again.outcome, again.faults) == ("partial", 1, "complete", ())
    reader.step = ""
    harness.day()
    assert (harness.poll().outcome, harness.quarantine()) == ("complete", [])
    assert harness.versions(ONE)[-1].version == 2


def test_a_record_the_survey_stumbles_over_is_read_all_the_same(harness: Harness) -> None:
    harness.settled(*IDS)
    stumbling(harness, "outline")
    _next_day(harness)
    report = harness.poll()
    assert (report.outcome, report.changed) == ("complete", 2)
    assert f"{ONE} is left out of the survey of this run: ValueError" in harness.last_run().detail


def test_a_version_before_that_cannot_be_read_hinders_nothing(harness: Harness) -> None:
    harness.settled(*IDS)
    harness.day()
    harness.module(ONE, "identificationModule")["acronym"] = SILLY
    harness.poll()
    harness.news()
    stumbling(harness, "read")
    harness.day()
    del harness.module(ONE, "identificationModule")["acronym"]
    harness.status(THREE)["overallStatus"] = "COMPLETED"
    assert harness.poll().outcome == "complete"
    told = {event.trial: event for event in harness.news()}
    assert "Version 2 cannot be read any more" in told[ONE].summary
    assert told[THREE].kind == "status.changed"


def _said(harness: Harness, request: Request) -> Reply | None:
    """What the registry has as JSON of Python's own, which writes what no other writer would."""
    studies = harness.registry.studies
    if is_list(request):
        return json_text(json.dumps({"studies": list(studies.values())}))
    trial = request.path.rpartition("/")[2]
    return json_text(json.dumps(studies[trial])) if trial in studies else None


def test_no_kind_of_value_keeps_the_others_from_being_read(harness: Harness) -> None:
    """One record is a mutant every day; its neighbour's change is told every day."""
    harness.settled(*IDS)
    harness.registry.faults = lambda request: _said(harness, request)
    for number, (kind, value) in enumerate(KINDS.items()):
        harness.day()
        harness.module(ONE, "descriptionModule")["briefSummary"] = value
        harness.module(ONE, "sponsorCollaboratorsModule")["collaborators"] = [{"name": value}, {"name": value}]
        harness.module(TWO, "designModule")["enrollmentInfo"] = {"count": 100 + number, "type": "ESTIMATED"}
        assert harness.poll().outcome in ("complete", "partial"), kind
        assert {event.trial for event in harness.news() if event.kind.startswith("enrollment")} == {TWO}, kind


@pytest.mark.parametrize(
    "error", [Full("disk", "full"), Unreachable("no"), RecordError("no"), OSError(5), MemoryError()]
)
def test_what_is_not_the_records_fault_passes_the_net(error: Exception) -> None:
    with pytest.raises(type(error)) as found, one_record("reading", ONE):
        raise error
    assert found.value is error


def test_an_interrupt_passes_the_net() -> None:
    with pytest.raises(KeyboardInterrupt), one_record("reading", ONE):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    "error", [StopIteration(), RecursionError(), KeyError("x"), UnicodeError("x"), AssertionError()]
)
def test_the_sentence_names_step_and_place_and_no_text(error: Exception) -> None:
    with pytest.raises(ReaderFault) as found, one_record("the content hash", ONE):
        raise error
    assert found.value.message.startswith(f"{type(error).__name__} in the content hash (")
    assert (found.value.subject, found.value.__cause__) == (ONE, error)
    assert "test_net.py" in where(found.value)
