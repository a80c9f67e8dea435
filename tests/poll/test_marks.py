"""A registry that misdates its data once is read on all the same: nothing falls silent until that day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.poll.world import ONE, World
from tracker.polling.timestamps import is_ahead

NOW = datetime(2026, 8, 14, 15, tzinfo=UTC)
OLD, TODAY, TOMORROW, FAR = "2026-08-13T09:00:05", "2026-08-14T09:00:05", "2026-08-15T09:00:05", "2206-08-14T09:00:05"


@pytest.mark.parametrize(
    ("mark", "stamp", "ahead"),
    [(TODAY, OLD, True), (TODAY, TODAY, False), (OLD, TODAY, False), (TOMORROW, TODAY, True), (FAR, TODAY, False)],
)
def test_a_mark_is_ahead_when_its_day_can_have_come(mark: str, data_timestamp: str, ahead: bool) -> None:
    assert is_ahead(mark, data_timestamp, NOW) is ahead


@pytest.mark.parametrize("wrong", [FAR, "9999-12-31T23:59:59"])
def test_data_misdated_once_silence_no_later_change(world: World, wrong: str) -> None:
    world.settled()
    world.day()
    world.registry.data_timestamp = wrong
    assert world.poll().outcome == "complete"
    world.news()
    for status in ("COMPLETED", "TERMINATED"):
        world.day()
        world.status(ONE)["overallStatus"] = status
        assert world.poll().changed == 1
        assert "status.changed" in world.kinds()
    assert "ops.stale" not in [event.kind for event in world.news()]


@pytest.mark.fault("R-B12")
@pytest.mark.parametrize("wrong", [FAR, "9999-12-31T23:59:59", "2026-09-14T09:00:05"])
def test_a_fall_back_after_misdated_data_is_told(world: World, wrong: str) -> None:
    """The misdated data set is told once, and does not stand for the newest data ever after."""
    world.settled()
    world.day()
    world.registry.data_timestamp = wrong
    world.poll()
    world.poll()
    [misdated] = world.news()
    assert misdated.kind == "ops.stale" and wrong in misdated.summary
    world.day()
    world.poll()
    assert world.kinds() == []
    newest, world.registry.data_timestamp = world.registry.data_timestamp, OLD
    world.poll()
    [fell_back] = world.news()
    assert fell_back.kind == "ops.stale" and OLD in fell_back.summary and newest in fell_back.summary


def test_a_trial_not_found_on_misdated_data_is_asked_for_again(world: World) -> None:
    world.settled()
    record = world.registry.studies.pop(ONE)
    world.registry.data_timestamp = FAR
    world.poll()
    world.registry.studies[ONE] = record
    world.day()
    world.status(ONE)["overallStatus"] = "COMPLETED"
    assert world.poll().changed == 1


@pytest.mark.parametrize("wrong", ["2026-99-99T09:00:05", "2026-08-15T99:00:05", "0000-01-01"])
def test_data_of_a_day_that_is_none_are_not_read(world: World, wrong: str) -> None:
    world.settled()
    world.day()
    world.status(ONE)["overallStatus"] = "COMPLETED"
    world.registry.data_timestamp = wrong
    report = world.poll()
    assert report.outcome == "failed" and "dataTimestamp" in report.failed[0].reason
    world.day()
    assert world.poll().changed == 1


def test_a_record_misdated_once_does_not_stand_behind_what_comes_after_it(world: World) -> None:
    world.settled()
    for day, status in (("9999-12-31", "COMPLETED"), ("", "SUSPENDED")):
        world.day()
        world.status(ONE)["overallStatus"] = status
        if day:
            world.registry.studies[ONE]["derivedSection"]["miscInfoModule"]["versionHolder"] = day
        world.poll()
    versions = world.versions(ONE)
    assert [it.status for it in versions] == ["RECRUITING", "COMPLETED", "SUSPENDED"]
    assert all(event.effective < "2030" for event in world.news())
    world.registry.data_timestamp = FAR
    world.status(ONE)["overallStatus"] = "TERMINATED"
    world.poll()
    world.day()
    world.status(ONE)["overallStatus"] = "RECRUITING"
    world.poll()
    assert world.versions(ONE)[-1].status == "RECRUITING"
    assert all(event.effective < "2030" for event in world.news())
