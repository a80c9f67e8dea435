"""Runs that are not to be believed: held whole, told once, released on request; and what is merely new."""

from __future__ import annotations

import copy

import pytest

from tests.support.harness import IDS, ONE, TWO, Harness, record, with_results
from tests.support.registry.embedded_registry import Study
from tracker.errors import UsageError


def _renamed(harness: Harness, old: str, new: str) -> dict[str, Study]:
    """The registry renames a field of the status module in every record. Returns the records as they were."""
    before = copy.deepcopy(harness.registry.studies)
    for trial in harness.registry.studies:
        status = harness.status(trial)
        if old in status:
            status[new] = status.pop(old)
    return before


@pytest.mark.fault("B11")
def test_a_field_that_vanishes_everywhere_holds_the_run_and_the_next_good_one_goes_on(harness: Harness) -> None:
    harness.settled()
    before = _renamed(harness, "lastUpdateSubmitDate", "lastUpdateSubmittedDate")
    harness.day()
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    for _ in range(3):
        report = harness.poll()
        assert (report.outcome, report.changed) == ("held", 0)
        assert "lastUpdateSubmitDate" in report.held[0].reason
    assert harness.kinds() == ["ops.held"]
    assert [len(harness.versions(trial)) for trial in IDS] == [1] * 6
    harness.registry.studies = before
    harness.day()
    report = harness.poll()
    assert (report.outcome, report.unchanged, harness.kinds()) == ("complete", 6, [])


@pytest.mark.fault("B11")
def test_what_newer_data_confirm_is_believed_and_alarms_nobody_but_for_the_real_edit_in_it(
    harness: Harness,
) -> None:
    harness.settled()
    for trial in harness.registry.studies:
        harness.module(trial, "designModule")["studyType"] = "INTERVENTIONAL"
    harness.day()
    harness.poll()
    harness.news()
    for trial in harness.registry.studies:
        del harness.module(trial, "designModule")["phases"]
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    harness.day()
    assert (harness.poll().outcome, harness.kinds()) == ("held", ["ops.held"])
    harness.day()
    assert harness.poll().outcome == "complete"
    told = [(it.trial, it.kind) for it in harness.news() if it.severity != "admin"]
    assert told == [(ONE, "status.changed")]


@pytest.mark.fault("B11")
def test_held_for_another_cause_or_anew_after_a_good_run_is_told_again(harness: Harness) -> None:
    harness.settled()
    before = _renamed(harness, "lastUpdateSubmitDate", "a")
    harness.day()
    harness.poll()
    _renamed(harness, "lastUpdatePostDateStruct", "b")
    harness.day()
    harness.poll()
    assert harness.kinds() == ["ops.held"] * 2
    harness.registry.studies = before
    harness.day()
    harness.poll()
    _renamed(harness, "lastUpdateSubmitDate", "a")
    _renamed(harness, "lastUpdatePostDateStruct", "b")
    harness.day()
    harness.poll()
    assert harness.kinds() == ["ops.held"]


@pytest.mark.fault("B11")
def test_the_records_that_had_the_field_count_not_all_the_others(harness: Harness) -> None:
    """Three of forty trials have results. They lose them on one day: that is no removal of results."""
    harness.registry.studies = {f"NCT{number:08d}": record(f"NCT{number:08d}") for number in range(1, 41)}
    for trial in IDS[:3]:
        with_results(harness.registry.studies[trial])
    harness.settled()
    for trial in IDS[:3]:
        del harness.registry.studies[trial]["resultsSection"]
    harness.day()
    report = harness.poll()
    assert (report.outcome, harness.kinds()) == ("held", ["ops.held"])
    assert "resultsSection vanished from 3 of 3" in report.held[0].reason


@pytest.mark.fault("B11")
def test_three_of_many_that_lose_a_field_most_still_have_are_believed(harness: Harness) -> None:
    harness.registry.studies = {f"NCT{number:08d}": record(f"NCT{number:08d}") for number in range(1, 41)}
    harness.settled()
    for trial in IDS[:3]:
        del harness.module(trial, "designModule")["phases"]
    harness.day()
    assert (harness.poll().outcome, harness.kinds()) == ("complete", ["phase.changed"] * 3)


@pytest.mark.fault("B11")
def test_one_record_may_lose_any_field(harness: Harness) -> None:
    harness.settled()
    harness.day()
    del harness.module(ONE, "designModule")["phases"]
    assert (harness.poll().outcome, harness.kinds()) == ("complete", ["phase.changed"])


@pytest.mark.fault("B13")
@pytest.mark.parametrize("gradually", [False, True])
def test_a_new_field_everywhere_is_kept_and_noted_once_and_alarms_nobody(harness: Harness, gradually: bool) -> None:
    harness.settled()
    for part in (IDS[:3], IDS[3:]) if gradually else (IDS,):
        for trial in part:
            harness.module(trial, "novelModule")["novelty"] = "yes"
        harness.day()
        assert harness.poll(*IDS[:3], *part).outcome == "complete"
    events = harness.news()
    assert {it.severity for it in events if it.trial} == {"admin"}
    assert [it.kind for it in events if not it.trial] == ["ops.drift"]
    harness.day()
    harness.poll()
    assert harness.kinds() == []


def test_a_held_run_is_written_down_when_it_is_accepted(harness: Harness) -> None:
    harness.settled()
    _renamed(harness, "lastUpdateSubmitDate", "submitted")
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    harness.day()
    held = harness.poll()
    harness.news()
    asked = len(harness.registry.requests)
    report = harness.poll(accept=held.run)
    assert (report.outcome, report.changed, report.data_timestamp) == ("complete", 6, held.data_timestamp)
    assert len(harness.registry.requests) == asked
    assert [it.kind for it in harness.news() if it.severity != "admin"] == ["status.changed"]
    harness.day()
    assert (harness.poll().outcome, harness.kinds()) == ("complete", [])


def test_a_run_accepted_late_leaves_the_newer_data_to_be_read(harness: Harness) -> None:
    """Accepted on Friday, what was held on Monday must not pass for Friday's data."""
    harness.settled()
    _renamed(harness, "lastUpdateSubmitDate", "submitted")
    harness.day()
    held = harness.poll()
    harness.day()
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    harness.poll(accept=held.run)
    assert "status.changed" not in harness.kinds()
    assert (harness.poll().outcome, harness.kinds()) == ("complete", ["status.changed"])


def test_a_run_accepted_after_a_newer_good_one_does_not_bring_the_past_back(harness: Harness) -> None:
    harness.settled()
    before = _renamed(harness, "lastUpdateSubmitDate", "submitted")
    harness.day()
    held = harness.poll()
    harness.registry.studies = before
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    harness.day()
    assert harness.poll().outcome == "complete"
    harness.news()
    assert harness.poll(accept=held.run).changed == 0
    assert (harness.kinds(), harness.versions(ONE)[-1].status) == ([], "COMPLETED")


@pytest.mark.parametrize("run", [0, 1, 2, 99])
def test_only_a_held_run_can_be_accepted_and_only_once(harness: Harness, run: int) -> None:
    harness.settled()
    _renamed(harness, "lastUpdateSubmitDate", "submitted")
    harness.day()
    if harness.poll().run == run:
        harness.poll(accept=run)
    harness.news()
    with pytest.raises(UsageError, match=f"Run {run} "):
        harness.poll(accept=run)
    assert harness.kinds() == []


def test_two_watched_trials_are_too_few_to_suspect_the_registry(harness: Harness) -> None:
    harness.settled(ONE, TWO)
    for trial in (ONE, TWO):
        del harness.module(trial, "designModule")["phases"]
    harness.day()
    assert (harness.poll().outcome, harness.kinds()) == ("complete", ["phase.changed"] * 2)
