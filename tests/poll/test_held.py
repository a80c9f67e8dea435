"""Runs that are not to be believed: held whole, told once, released on request; and what is merely new."""

from __future__ import annotations

import copy

import pytest

from tests.fault_server import Study
from tests.poll.world import IDS, ONE, TWO, World, record, with_results
from tracker.errors import UsageError


def _renamed(world: World, old: str, new: str) -> dict[str, Study]:
    """The registry renames a field of the status module in every record. Returns the records as they were."""
    before = copy.deepcopy(world.registry.studies)
    for trial in world.registry.studies:
        status = world.status(trial)
        if old in status:
            status[new] = status.pop(old)
    return before


def test_b11_a_field_that_vanishes_everywhere_holds_the_run_and_the_next_good_one_goes_on(world: World) -> None:
    world.settled()
    before = _renamed(world, "lastUpdateSubmitDate", "lastUpdateSubmittedDate")
    world.day()
    world.status(ONE)["overallStatus"] = "COMPLETED"
    for _ in range(3):
        report = world.poll()
        assert (report.outcome, report.changed) == ("held", 0)
        assert "lastUpdateSubmitDate" in report.held[0].reason
    assert world.kinds() == ["ops.held"]
    assert [len(world.versions(trial)) for trial in IDS] == [1] * 6
    world.registry.studies = before
    world.day()
    report = world.poll()
    assert (report.outcome, report.unchanged, world.kinds()) == ("complete", 6, [])


def test_b11_what_newer_data_confirm_is_believed_and_alarms_nobody_but_for_the_real_edit_in_it(world: World) -> None:
    world.settled()
    for trial in world.registry.studies:
        world.module(trial, "designModule")["studyType"] = "INTERVENTIONAL"
    world.day()
    world.poll()
    world.news()
    for trial in world.registry.studies:
        del world.module(trial, "designModule")["phases"]
    world.status(ONE)["overallStatus"] = "COMPLETED"
    world.day()
    assert (world.poll().outcome, world.kinds()) == ("held", ["ops.held"])
    world.day()
    assert world.poll().outcome == "complete"
    told = [(it.trial, it.kind) for it in world.news() if it.severity != "admin"]
    assert told == [(ONE, "status.changed")]


def test_b11_held_for_another_cause_or_anew_after_a_good_run_is_told_again(world: World) -> None:
    world.settled()
    before = _renamed(world, "lastUpdateSubmitDate", "a")
    world.day()
    world.poll()
    _renamed(world, "lastUpdatePostDateStruct", "b")
    world.day()
    world.poll()
    assert world.kinds() == ["ops.held"] * 2
    world.registry.studies = before
    world.day()
    world.poll()
    _renamed(world, "lastUpdateSubmitDate", "a")
    _renamed(world, "lastUpdatePostDateStruct", "b")
    world.day()
    world.poll()
    assert world.kinds() == ["ops.held"]


def test_b11_the_records_that_had_the_field_count_not_all_the_others(world: World) -> None:
    """Three of forty trials have results. They lose them on one day: that is no removal of results."""
    world.registry.studies = {f"NCT{number:08d}": record(f"NCT{number:08d}") for number in range(1, 41)}
    for trial in IDS[:3]:
        with_results(world.registry.studies[trial])
    world.settled()
    for trial in IDS[:3]:
        del world.registry.studies[trial]["resultsSection"]
    world.day()
    report = world.poll()
    assert (report.outcome, world.kinds()) == ("held", ["ops.held"])
    assert "resultsSection vanished from 3 of 3" in report.held[0].reason


def test_b11_three_of_many_that_lose_a_field_most_still_have_are_believed(world: World) -> None:
    world.registry.studies = {f"NCT{number:08d}": record(f"NCT{number:08d}") for number in range(1, 41)}
    world.settled()
    for trial in IDS[:3]:
        del world.module(trial, "designModule")["phases"]
    world.day()
    assert (world.poll().outcome, world.kinds()) == ("complete", ["phase.changed"] * 3)


def test_b11_one_record_may_lose_any_field(world: World) -> None:
    world.settled()
    world.day()
    del world.module(ONE, "designModule")["phases"]
    assert (world.poll().outcome, world.kinds()) == ("complete", ["phase.changed"])


@pytest.mark.parametrize("gradually", [False, True])
def test_b13_a_new_field_everywhere_is_kept_and_noted_once_and_alarms_nobody(world: World, gradually: bool) -> None:
    world.settled()
    for part in (IDS[:3], IDS[3:]) if gradually else (IDS,):
        for trial in part:
            world.module(trial, "novelModule")["novelty"] = "yes"
        world.day()
        assert world.poll(*IDS[:3], *part).outcome == "complete"
    events = world.news()
    assert {it.severity for it in events if it.trial} == {"admin"}
    assert [it.kind for it in events if not it.trial] == ["ops.drift"]
    world.day()
    world.poll()
    assert world.kinds() == []


def test_a_held_run_is_written_down_when_it_is_accepted(world: World) -> None:
    world.settled()
    _renamed(world, "lastUpdateSubmitDate", "submitted")
    world.status(ONE)["overallStatus"] = "COMPLETED"
    world.day()
    held = world.poll()
    world.news()
    asked = len(world.registry.requests)
    report = world.poll(accept=held.run)
    assert (report.outcome, report.changed, report.data_timestamp) == ("complete", 6, held.data_timestamp)
    assert len(world.registry.requests) == asked
    assert [it.kind for it in world.news() if it.severity != "admin"] == ["status.changed"]
    world.day()
    assert (world.poll().outcome, world.kinds()) == ("complete", [])


def test_a_run_accepted_late_leaves_the_newer_data_to_be_read(world: World) -> None:
    """Accepted on Friday, what was held on Monday must not pass for Friday's data."""
    world.settled()
    _renamed(world, "lastUpdateSubmitDate", "submitted")
    world.day()
    held = world.poll()
    world.day()
    world.status(ONE)["overallStatus"] = "COMPLETED"
    world.poll(accept=held.run)
    assert "status.changed" not in world.kinds()
    assert (world.poll().outcome, world.kinds()) == ("complete", ["status.changed"])


def test_a_run_accepted_after_a_newer_good_one_does_not_bring_the_past_back(world: World) -> None:
    world.settled()
    before = _renamed(world, "lastUpdateSubmitDate", "submitted")
    world.day()
    held = world.poll()
    world.registry.studies = before
    world.status(ONE)["overallStatus"] = "COMPLETED"
    world.day()
    assert world.poll().outcome == "complete"
    world.news()
    assert world.poll(accept=held.run).changed == 0
    assert (world.kinds(), world.versions(ONE)[-1].status) == ([], "COMPLETED")


@pytest.mark.parametrize("run", [0, 1, 2, 99])
def test_only_a_held_run_can_be_accepted_and_only_once(world: World, run: int) -> None:
    world.settled()
    _renamed(world, "lastUpdateSubmitDate", "submitted")
    world.day()
    if world.poll().run == run:
        world.poll(accept=run)
    world.news()
    with pytest.raises(UsageError, match=f"Run {run} "):
        world.poll(accept=run)
    assert world.kinds() == []


def test_two_watched_trials_are_too_few_to_suspect_the_registry(world: World) -> None:
    world.settled(ONE, TWO)
    for trial in (ONE, TWO):
        del world.module(trial, "designModule")["phases"]
    world.day()
    assert (world.poll().outcome, world.kinds()) == ("complete", ["phase.changed"] * 2)
