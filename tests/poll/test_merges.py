"""Merges are believed late: no single answer moves a watch, and what was believed can be undone."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from storage.versions import merges
from storage.watching import watches
from tests.fault_server import Reply, Request, as_json
from tests.poll.world import IDS, ONE, THREE, TWO, World, is_list, json_text, on_lists

FAR = "2206-08-14T09:00:05"
Fault = Callable[[Request], Reply | None]


def _list_as_aliases(world: World, claimant: str, names: list[str]) -> None:
    world.module(claimant, "identificationModule")["nctIdAliases"] = names


def _merge(world: World, old: str, new: str) -> None:
    """The registry takes `old` into `new`, as it truly does: listed, and redirected."""
    del world.registry.studies[old]
    _list_as_aliases(world, new, [old])


def _polls(world: World, count: int) -> None:
    for _ in range(count):
        world.day()
        world.poll()


def _undo(world: World, trial: str) -> str | None:
    with world.context.database.write() as session:
        return merges.undo(session, trial, "ctgov", world.clock.now())


@pytest.mark.fault("R-G2")
def test_a_record_that_claims_living_trials_takes_no_watch(world: World) -> None:
    """All others stand on the same page with records of their own; that is so on data after data."""
    world.settled()
    _list_as_aliases(world, ONE, IDS[1:3])
    _polls(world, 4)
    assert world.watched() == IDS
    assert [kind for kind in world.kinds() if kind != "admin.changed"] == ["ops.merge_claimed"]


@pytest.mark.fault("R-G2")
def test_one_answer_that_claims_all_others_moves_nothing(world: World) -> None:
    world.settled()
    _list_as_aliases(world, ONE, IDS[1:])
    world.day()
    assert world.poll().outcome == "held"
    assert world.watched() == IDS and "ops.held" in world.kinds()
    _list_as_aliases(world, ONE, [])
    _polls(world, 2)
    assert world.watched() == IDS and world.faults() == []


@pytest.mark.fault("R-G2")
def test_claims_that_stand_for_days_hold_only_one_run(world: World) -> None:
    """A record that lies for ever silences nobody: newer data release the run, and still nothing is moved."""
    world.settled()
    _list_as_aliases(world, ONE, IDS[1:])
    _polls(world, 2)
    world.day()
    world.status(TWO)["overallStatus"] = "COMPLETED"
    assert world.poll().changed == 1
    assert world.watched() == IDS


@pytest.mark.fault("R-G2")
@pytest.mark.parametrize("redirected", [False, True], ids=["answers", "redirects"])
def test_an_address_that_leads_to_another_trial_moves_nothing(world: World, redirected: bool) -> None:
    """One side's word alone, on however many data sets."""
    world.settled()
    others = {it: world.registry.studies.pop(it) for it in IDS[3:]}

    def astray(request: Request) -> Reply | None:
        if not request.path.endswith(tuple(IDS[3:])):
            return None
        if redirected:
            return Reply(301, headers={"Location": f"/api/v2/studies/{ONE}"})
        return as_json(world.registry.studies[ONE])

    world.registry.faults = astray
    _polls(world, 4)
    assert world.watched() == IDS
    kinds = world.kinds()
    assert kinds.count("ops.merge_claimed") == 1 and "trial.gone" not in kinds and "trial.merged" not in kinds
    world.registry.faults = []
    world.registry.studies |= others
    world.day()
    world.status(IDS[3])["overallStatus"] = "COMPLETED"
    assert world.poll().changed == 1, "good answers are read again"


@pytest.mark.fault("R-B12")
def test_a_lone_answer_with_another_record_is_told_once(world: World) -> None:
    world.settled(ONE, TWO)
    hidden = world.registry.studies.pop(ONE)
    world.registry.faults = lambda it: as_json(world.registry.studies[TWO]) if it.path.endswith(ONE) else None
    _polls(world, 1)
    [told] = world.news()
    assert told.kind == "ops.merge_claimed" and ONE in told.summary and TWO in told.summary
    world.registry.faults = []
    world.registry.studies[ONE] = hidden
    _polls(world, 2)
    assert (world.watched(), world.kinds()) == ([ONE, TWO], [])


@pytest.mark.fault("R-G2")
@pytest.mark.parametrize("status", [404, 410, 301])
def test_a_merge_both_sides_tell_twice_is_believed(world: World, status: int) -> None:
    world.settled(ONE)
    _merge(world, ONE, TWO)
    if status != 301:
        world.registry.faults = lambda it: Reply(status) if it.path.endswith(ONE) else None
    _polls(world, 1)
    assert (world.watched(), world.kinds(), world.versions(TWO)) == ([ONE], ["ops.merge_claimed"], [])
    assert world.poll().outcome == "unchanged" and world.watched() == [ONE], "the same data say nothing more"
    _polls(world, 1)
    assert (world.watched(), world.kinds()) == ([TWO], ["trial.merged", "trial.first_seen"])
    _polls(world, 2)
    assert (world.watched(), world.kinds()) == ([TWO], [])


@pytest.mark.fault("R-G2")
def test_a_number_alive_in_between_begins_from_the_start(world: World) -> None:
    world.settled(ONE)
    alive = world.registry.studies[ONE]
    for _ in range(3):
        _merge(world, ONE, TWO)
        _polls(world, 1)
        world.registry.studies[ONE] = alive
        _list_as_aliases(world, TWO, [])
        _polls(world, 1)
    assert world.watched() == [ONE] and "trial.merged" not in world.kinds()


@pytest.mark.fault("R-G2")
def test_misdated_data_confirm_no_merge(world: World) -> None:
    world.settled(ONE)
    _merge(world, ONE, TWO)
    _polls(world, 1)
    world.registry.data_timestamp = FAR
    world.poll()
    assert world.watched() == [ONE]
    _polls(world, 1)
    assert world.watched() == [TWO]


@pytest.mark.fault("R-G2")
def test_a_number_two_trials_claim_goes_to_neither(world: World) -> None:
    world.settled(ONE)
    _merge(world, ONE, TWO)
    _list_as_aliases(world, THREE, [ONE])
    _polls(world, 3)
    assert world.watched() == [ONE] and "trial.merged" not in world.kinds()


@pytest.mark.fault("R-G2")
def test_a_chain_of_mergers_is_followed_to_its_end(world: World) -> None:
    world.settled(ONE)
    _merge(world, ONE, TWO)
    _polls(world, 2)
    assert world.watched() == [TWO]
    _merge(world, TWO, THREE)
    _polls(world, 2)
    assert world.watched() == [THREE]
    with world.context.database.read() as session:
        assert watches.resolve(session, ONE) == THREE


@pytest.mark.fault("R-G2")
def test_a_merge_turned_round_leaves_no_circle(world: World) -> None:
    world.settled(ONE)
    first = world.registry.studies[ONE]
    _merge(world, ONE, TWO)
    _polls(world, 2)
    world.registry.studies[ONE] = first
    _merge(world, TWO, ONE)
    _polls(world, 2)
    assert world.watched() == [ONE]
    with world.context.database.read() as session:
        assert [watches.resolve(session, it) for it in (ONE, TWO)] == [ONE, ONE]


@pytest.mark.fault("R-G2")
def test_an_undone_merge_brings_watch_and_tags_back(world: World) -> None:
    with world.context.database.write() as session:
        watches.watch(session, ONE, "ctgov", world.clock.now(), ["liver"])
    world.poll()
    alive = world.registry.studies[ONE]
    _merge(world, ONE, TWO)
    _polls(world, 2)
    assert world.watched() == [TWO]
    assert _undo(world, ONE) == TWO
    with world.context.database.read() as session:
        assert watches.watched(session, "liver") == [ONE, TWO]
        assert watches.resolve(session, ONE) == ONE
    _polls(world, 3)
    assert world.watched() == [ONE, TWO], "what a person undid is not believed again"
    world.registry.studies[ONE] = alive
    world.day()
    world.status(ONE)["overallStatus"] = "COMPLETED"
    assert world.poll().changed == 1
    assert len(world.versions(ONE)) == 2


@pytest.mark.fault("R-G2")
def test_a_broken_claimant_claims_nothing(world: World) -> None:
    """A record that cannot be decoded is no witness; one that lists itself or odd things claims nobody."""
    world.settled(ONE, TWO)
    _list_as_aliases(world, TWO, [TWO, "NCT1", 7, None, ONE.lower()])  # type: ignore[list-item]
    _polls(world, 2)
    broken = json.dumps({"studies": [world.registry.studies[ONE]]})[:-1] + ', {"x": 1, "x": 2}]'
    world.registry.faults = on_lists(lambda _: json_text(broken))
    _polls(world, 2)
    assert world.watched() == [ONE, TWO] and "ops.merge_claimed" not in world.kinds()


@pytest.mark.fault("R-G2")
def test_many_mergers_cost_no_more_than_one_request_each(world: World) -> None:
    world.settled()
    for old in IDS[2:4]:
        del world.registry.studies[old]
    _list_as_aliases(world, ONE, IDS[2:4])
    world.day()
    before = len(world.registry.requests)
    world.poll()
    alone = [it for it in world.registry.requests[before:] if not is_list(it) and "/studies/" in it.path]
    assert {it.path.rpartition("/")[2] for it in alone} == {*IDS[2:4], ONE} and len(alone) == 4
