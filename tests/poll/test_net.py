"""A record that our own code fails on: it is kept aside with its bytes, and every other one goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from storage.errors import Full
from storage.polling.runs import quarantined
from tests.fault_server import Reply, Request
from tests.fuzz.mutations import KINDS
from tests.poll.world import IDS, ONE, THREE, TWO, World, is_list, json_text
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


def stumbling(world: World, step: str, fail: Callable[[Mapping[str, Any]], None] = stumble) -> Stumbling:
    old = world.context.registries["ctgov"]
    found = Stumbling(old.client, old.past)
    found.step, found.fail = step, fail  # type: ignore[method-assign]
    world.context = replace(world.context, registries={"ctgov": found})
    return found


def _next_day(world: World) -> None:
    """ONE becomes a record to stumble over, TWO completes."""
    world.day()
    world.module(ONE, "identificationModule")["acronym"] = SILLY
    world.status(TWO)["overallStatus"] = "COMPLETED"


@pytest.mark.parametrize("module", ["descriptionModule", "conditionsModule", "moduleOfTheFuture"])
def test_thousands_of_digits_are_read_like_any_text(world: World, module: str) -> None:
    world.settled(*IDS)
    world.day()
    world.module(ONE, module)["briefSummary" if module == "descriptionModule" else "note"] = DIGITS
    world.status(TWO)["overallStatus"] = "COMPLETED"
    assert (world.poll().outcome, "status.changed" in world.kinds()) == ("complete", True)
    assert len(world.versions(ONE)) == 2


@pytest.mark.parametrize("fail", [stumble, deep])
@pytest.mark.parametrize("step", ["light_hash", "lost", "read"])
def test_a_record_we_stumble_over_is_kept_aside(
    world: World, step: str, fail: Callable[[Mapping[str, Any]], None]
) -> None:
    world.settled(*IDS)
    stumbling(world, step, fail)
    _next_day(world)
    report = world.poll()
    assert (report.outcome, report.changed, [it.trial for it in report.quarantined]) == ("partial", 1, [ONE])
    assert "this is a fault of Trialwatch's reading" in report.quarantined[0].reason
    assert fail.__name__ in report.faults[0].trace and "test_net.py:" in report.faults[0].trace
    assert world.kinds() == ["status.changed", "ops.quarantine"]
    [row] = world.quarantine()
    assert json.loads(quarantined(row)) == world.registry.studies[ONE]


def test_the_same_fault_is_said_once_and_lifted_when_mended(world: World) -> None:
    world.settled(*IDS)
    reader = stumbling(world, "read")
    _next_day(world)
    first = world.poll()
    world.day()
    again = world.poll()
    assert (first.outcome, len(first.faults), again.outcome, again.faults) == ("partial", 1, "complete", ())
    reader.step = ""
    world.day()
    assert (world.poll().outcome, world.quarantine()) == ("complete", [])
    assert world.versions(ONE)[-1].version == 2


def test_a_record_the_survey_stumbles_over_is_read_all_the_same(world: World) -> None:
    world.settled(*IDS)
    stumbling(world, "outline")
    _next_day(world)
    report = world.poll()
    assert (report.outcome, report.changed) == ("complete", 2)
    assert f"{ONE} is left out of the survey of this run: ValueError" in world.last_run().detail


def test_a_version_before_that_cannot_be_read_hinders_nothing(world: World) -> None:
    world.settled(*IDS)
    world.day()
    world.module(ONE, "identificationModule")["acronym"] = SILLY
    world.poll()
    world.news()
    stumbling(world, "read")
    world.day()
    del world.module(ONE, "identificationModule")["acronym"]
    world.status(THREE)["overallStatus"] = "COMPLETED"
    assert world.poll().outcome == "complete"
    told = {event.trial: event for event in world.news()}
    assert "Version 2 cannot be read any more" in told[ONE].summary
    assert told[THREE].kind == "status.changed"


def _said(world: World, request: Request) -> Reply | None:
    """What the registry has as JSON of Python's own, which writes what no other writer would."""
    studies = world.registry.studies
    if is_list(request):
        return json_text(json.dumps({"studies": list(studies.values())}))
    trial = request.path.rpartition("/")[2]
    return json_text(json.dumps(studies[trial])) if trial in studies else None


def test_no_kind_of_value_keeps_the_others_from_being_read(world: World) -> None:
    """One record is a mutant every day; its neighbour's change is told every day."""
    world.settled(*IDS)
    world.registry.faults = lambda request: _said(world, request)
    for number, (kind, value) in enumerate(KINDS.items()):
        world.day()
        world.module(ONE, "descriptionModule")["briefSummary"] = value
        world.module(ONE, "sponsorCollaboratorsModule")["collaborators"] = [{"name": value}, {"name": value}]
        world.module(TWO, "designModule")["enrollmentInfo"] = {"count": 100 + number, "type": "ESTIMATED"}
        assert world.poll().outcome in ("complete", "partial"), kind
        assert {event.trial for event in world.news() if event.kind.startswith("enrollment")} == {TWO}, kind


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
