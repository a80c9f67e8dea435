"""One trial that cannot be read for long, while its registry answers for the others."""

from __future__ import annotations

from tests.support.harness import IDS, ONE, TWO, Harness
from tests.support.registry.embedded_registry import Reply, Request


def broken(request: Request, trial: str = ONE) -> Reply | None:
    """The registry leaves this trial out of its lists, and fails when asked for it alone."""
    return Reply(500) if request.path.endswith(trial) else None


def lose(harness: Harness, trial: str = ONE) -> None:
    del harness.registry.studies[trial]
    harness.registry.faults = lambda request: broken(request, trial)


def polled(harness: Harness, days: int) -> list[str]:
    told = []
    for _ in range(days):
        harness.day()
        assert harness.poll().outcome == "partial"
        told += [f"{event.kind} {event.summary}" for event in harness.news()]
    return told


def test_a_trial_is_told_once_after_nine_days_and_again_after_a_good_read(harness: Harness) -> None:
    harness.settled()
    first = harness.clock.now().date().isoformat()
    kept = harness.registry.studies[ONE]
    lose(harness)
    assert polled(harness, 9) == []
    [told] = polled(harness, 20)
    assert told.startswith(f"ops.unread {ONE} could not be read since {first}: ")
    harness.registry.studies[ONE] = kept
    harness.registry.faults = []
    harness.day()
    assert harness.poll().outcome == "complete"
    lose(harness)
    assert len(polled(harness, 12)) == 1


def test_a_trial_that_was_never_read_is_told_after_two_days(harness: Harness) -> None:
    harness.settled(*IDS[1:])
    lose(harness)
    harness.watch(ONE)
    assert polled(harness, 2) == []
    [told] = polled(harness, 3)
    assert told.startswith(f"ops.unread {ONE} ")


def test_a_registry_that_is_down_is_one_story(harness: Harness) -> None:
    harness.settled(ONE, TWO)
    harness.registry.faults = lambda request: None if request.path.endswith("/version") else Reply(500)
    kinds = []
    for _ in range(14):
        harness.day()
        assert harness.poll().outcome == "failed"
        kinds += harness.kinds()
    assert kinds == ["ops.unreachable"]


def test_status_names_a_trial_that_was_not_read_for_weeks(harness: Harness) -> None:
    harness.settled()
    lose(harness)
    for day in range(20):
        harness.day()
        harness.poll()
        named = [line for line in harness.health().warnings if line.startswith(ONE)]
        assert len(named) == (day >= 9), (day, named)
    assert "while ctgov answers for others" in named[0]
