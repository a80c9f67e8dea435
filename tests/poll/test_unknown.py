"""An id the registry does not know: named once, asked for after a day, then weekly, until the registry knows it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.versions import trials
from tests.daemon.living import Living, living
from tests.fault_server import Reply
from tests.poll.world import START, World, is_list, record
from tracker.polling.schedule import planned_check

pytestmark = pytest.mark.fault("R-D2")

STRANGERS = [f"NCT0900{number:04d}" for number in range(20)]
STRANGER = STRANGERS[0]


def asked_alone(world: World, trial: str = STRANGER) -> int:
    return world.registry.paths().count(f"/api/v2/studies/{trial}")


def next_day(world: World) -> None:
    """A day passes, and the registry has new data: each day, so that nothing but the rule keeps us from asking."""
    world.day()
    world.registry.requests.clear()


def watching_strangers(world: World, *names: str) -> Living:
    world.settled()
    world.watch(*(names or STRANGERS))
    return living(world)


def test_twenty_unknown_ids_cost_little_in_a_day(world: World) -> None:
    alive = watching_strangers(world)
    alive.until(START + timedelta(hours=23))
    assert {asked_alone(world, trial) for trial in STRANGERS} == {1}
    assert len(world.registry.requests) <= 20 + 10


def test_an_unknown_id_is_asked_for_weekly_at_last(world: World) -> None:
    alive = watching_strangers(world)
    for day in range(1, 36):
        alive.until(START + timedelta(days=day))
        world.registry.data_timestamp = f"{(START + timedelta(days=day)).date()}T09:00:05"
    assert 5 <= asked_alone(world) <= 7


def test_an_unknown_id_is_a_failure_only_once(world: World) -> None:
    world.settled()
    world.watch(STRANGER)
    first = world.poll()
    assert (first.outcome, [item.trial for item in first.failed]) == ("partial", [STRANGER])
    for days in (1, 7, 7):
        world.day(days)
        again = world.poll()
        assert (again.outcome, again.failed) == ("complete", ())
    assert asked_alone(world) == 4


def test_only_unknown_ids_fail_only_once(world: World) -> None:
    world.watch(STRANGER)
    assert world.poll().outcome == "failed"
    world.day()
    assert world.poll().outcome == "complete"


def test_a_daily_poll_asks_for_it_no_oftener(world: World) -> None:
    """As from cron, where no plan says who is due: the others' list is asked for without it."""
    watching_strangers(world)
    asked = []
    for _ in range(22):
        world.poll()
        asked.append(asked_alone(world))
        listed = [name for request in world.registry.requests if is_list(request) for name in request.ids]
        assert asked[-1] or not set(listed) & set(STRANGERS)
        next_day(world)
    assert [day for day, times in enumerate(asked) if times] == [0, 1, 8, 15]


def test_a_poll_an_hour_on_asks_for_it_no_more(world: World) -> None:
    watching_strangers(world)
    world.poll()
    world.registry.requests.clear()
    for _ in range(6):
        world.clock.advance(timedelta(hours=1))
        world.registry.data_timestamp = world.clock.now().isoformat()[:19]
        world.poll()
    assert asked_alone(world) == 0


def test_once_it_is_known_it_is_a_trial_like_any_other(world: World) -> None:
    alive = watching_strangers(world, STRANGER)
    alive.until(START + timedelta(days=1, hours=1))
    world.registry.studies[STRANGER] = record(STRANGER)
    for day in range(2, 11):
        world.registry.data_timestamp = f"{(START + timedelta(days=day)).date()}T09:00:05"
        alive.until(START + timedelta(days=day))
    assert world.versions(STRANGER)
    head = world.head(STRANGER)
    assert (head.missing_mark, head.missing_count, head.is_unknown) == (None, 0, False)
    del world.registry.studies[STRANGER]
    for _ in range(2):
        world.day()
        world.poll()
    assert "trial.gone" in world.kinds(), "what was read once is missed, not unknown"


def test_a_record_that_cannot_be_read_yet_is_not_unknown(world: World) -> None:
    watching_strangers(world, STRANGER)
    world.poll()
    world.day()
    world.registry.studies[STRANGER] = {"protocolSection": {"identificationModule": {"nctId": STRANGER}}}
    assert [item.trial for item in world.poll().quarantined] == [STRANGER]
    world.registry.studies[STRANGER] = record(STRANGER)
    world.day()
    world.poll()
    assert world.versions(STRANGER), "it was asked for the very next day"


def test_who_watches_it_again_is_answered_again(world: World) -> None:
    watching_strangers(world, STRANGER)
    world.poll()
    world.watch(STRANGER)
    assert [item.trial for item in world.poll(STRANGER).failed] == [STRANGER]


def test_a_sick_registry_makes_no_id_unknown(world: World) -> None:
    """The run is held, for most trials are gone at once: what it says of new ids is not believed either."""
    world.settled()
    world.watch(STRANGER)
    world.day()
    world.registry.faults = lambda request: None if request.path.endswith("/version") else Reply(404)
    assert world.poll().outcome != "complete"
    world.registry.faults = []
    world.registry.studies[STRANGER] = record(STRANGER)
    assert world.poll().new == 1


def test_the_list_says_why_it_waits(world: World) -> None:
    watching_strangers(world, STRANGER)
    world.poll()
    with world.context.database.read() as session:
        [row] = trials.listing(session, [STRANGER])
    look = planned_check(row, "", world.clock.now())
    assert look is not None
    assert (look.at, look.reason) == (START + timedelta(days=1), "the registry does not know it")
