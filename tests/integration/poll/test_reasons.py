"""Why a trial is asked for again when it is: what the poll that planned it knew, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.harness import ONE, START, TWO, Harness
from tests.support.registry.embedded_registry import Reply

HOUR = timedelta(hours=1)
LATE = "the registry has not published yet"
NOT_READ = "the last poll could not read it"


def test_while_data_are_late_no_trial_counts_as_unreadable(harness: Harness) -> None:
    """The registry answers each hour that it has nothing new. Nothing is read, and nothing failed."""
    harness.settled(ONE, TWO)
    harness.clock.advance(timedelta(days=3))
    for _ in range(3):
        now = harness.clock.now()
        assert harness.poll().outcome == "unchanged"
        assert {harness.planned(trial) for trial in (ONE, TWO)} == {(now + HOUR, LATE)}
        harness.clock.advance(HOUR)


def test_a_second_look_on_the_same_data_leaves_the_reason(harness: Harness) -> None:
    harness.settled(ONE)
    first = harness.planned(ONE)
    assert first[1] == "the trial is recruiting"
    harness.clock.advance(timedelta(minutes=20))
    assert harness.poll(ONE).outcome == "unchanged"
    assert harness.planned(ONE) == first


@pytest.mark.parametrize("path", ["/version", "/studies"])
def test_what_could_not_be_read_is_told_until_it_was(harness: Harness, path: str) -> None:
    harness.settled(ONE)
    harness.day()
    harness.registry.faults = lambda request: Reply(500) if path in request.path else None
    harness.poll()
    assert harness.planned(ONE) == (START + timedelta(days=1, minutes=30), NOT_READ)
    harness.registry.faults = []
    harness.clock.advance(timedelta(minutes=30))
    harness.poll()
    assert harness.planned(ONE)[1] == "the trial is recruiting"
