"""A registry that misdates its data once is read on all the same: nothing falls silent until that day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.harness import ONE, Harness
from tracker.polling.planning.timestamps import is_ahead

NOW = datetime(2026, 8, 14, 15, tzinfo=UTC)
OLD, TODAY, TOMORROW, FAR = "2026-08-13T09:00:05", "2026-08-14T09:00:05", "2026-08-15T09:00:05", "2206-08-14T09:00:05"


@pytest.mark.parametrize(
    ("mark", "data_timestamp", "ahead"),
    [(TODAY, OLD, True), (TODAY, TODAY, False), (OLD, TODAY, False), (TOMORROW, TODAY, True), (FAR, TODAY, False)],
)
def test_a_mark_is_ahead_when_its_day_can_have_come(mark: str, data_timestamp: str, ahead: bool) -> None:
    assert is_ahead(mark, data_timestamp, NOW) is ahead


@pytest.mark.parametrize("wrong", [FAR, "9999-12-31T23:59:59"])
def test_data_misdated_once_silence_no_later_change(harness: Harness, wrong: str) -> None:
    harness.settled()
    harness.day()
    harness.registry.data_timestamp = wrong
    assert harness.poll().outcome == "complete"
    harness.news()
    for status in ("COMPLETED", "TERMINATED"):
        harness.day()
        harness.status(ONE)["overallStatus"] = status
        assert harness.poll().changed == 1
        assert "status.changed" in harness.kinds()
    assert "ops.stale" not in [event.kind for event in harness.news()]


@pytest.mark.fault("R-B12")
@pytest.mark.parametrize("wrong", [FAR, "9999-12-31T23:59:59", "2026-09-14T09:00:05"])
def test_a_fall_back_after_misdated_data_is_told(harness: Harness, wrong: str) -> None:
    """The misdated data set is told once, and does not stand for the newest data ever after."""
    harness.settled()
    harness.day()
    harness.registry.data_timestamp = wrong
    harness.poll()
    harness.poll()
    [misdated] = harness.news()
    assert misdated.kind == "ops.stale" and wrong in misdated.summary
    harness.day()
    harness.poll()
    assert harness.kinds() == []
    newest, harness.registry.data_timestamp = harness.registry.data_timestamp, OLD
    harness.poll()
    [fell_back] = harness.news()
    assert fell_back.kind == "ops.stale" and OLD in fell_back.summary and newest in fell_back.summary


def test_a_trial_not_found_on_misdated_data_is_asked_for_again(harness: Harness) -> None:
    harness.settled()
    record = harness.registry.studies.pop(ONE)
    harness.registry.data_timestamp = FAR
    harness.poll()
    harness.registry.studies[ONE] = record
    harness.day()
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    assert harness.poll().changed == 1


@pytest.mark.parametrize("wrong", ["2026-99-99T09:00:05", "2026-08-15T99:00:05", "0000-01-01"])
def test_data_of_a_day_that_is_none_are_not_read(harness: Harness, wrong: str) -> None:
    harness.settled()
    harness.day()
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    harness.registry.data_timestamp = wrong
    report = harness.poll()
    assert report.outcome == "failed" and "dataTimestamp" in report.failed[0].reason
    harness.day()
    assert harness.poll().changed == 1


def test_a_record_misdated_once_does_not_stand_behind_what_comes_after_it(harness: Harness) -> None:
    harness.settled()
    for day, status in (("9999-12-31", "COMPLETED"), ("", "SUSPENDED")):
        harness.day()
        harness.status(ONE)["overallStatus"] = status
        if day:
            harness.registry.studies[ONE]["derivedSection"]["miscInfoModule"]["versionHolder"] = day
        harness.poll()
    versions = harness.versions(ONE)
    assert [it.status for it in versions] == ["RECRUITING", "COMPLETED", "SUSPENDED"]
    assert all(event.effective < "2030" for event in harness.news())
    harness.registry.data_timestamp = FAR
    harness.status(ONE)["overallStatus"] = "TERMINATED"
    harness.poll()
    harness.day()
    harness.status(ONE)["overallStatus"] = "RECRUITING"
    harness.poll()
    assert harness.versions(ONE)[-1].status == "RECRUITING"
    assert all(event.effective < "2030" for event in harness.news())
