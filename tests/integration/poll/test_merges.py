"""Merges are believed late: no single answer moves a watch, and what was believed can be undone."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from storage.versions import merges
from storage.watching import watches
from tests.support.harness import IDS, ONE, THREE, TWO, Harness, is_list, json_text, on_lists
from tests.support.registry.embedded_registry import Reply, Request, as_json

FAR = "2206-08-14T09:00:05"
Fault = Callable[[Request], Reply | None]


def _list_as_aliases(harness: Harness, claimant: str, names: list[str]) -> None:
    harness.module(claimant, "identificationModule")["nctIdAliases"] = names


def _merge(harness: Harness, old: str, new: str) -> None:
    """The registry takes `old` into `new`, as it truly does: listed, and redirected."""
    del harness.registry.studies[old]
    _list_as_aliases(harness, new, [old])


def _polls(harness: Harness, count: int) -> None:
    for _ in range(count):
        harness.day()
        harness.poll()


def _undo(harness: Harness, trial: str) -> str | None:
    with harness.context.database.write() as session:
        return merges.undo(session, trial, "ctgov", harness.clock.now())


@pytest.mark.fault("R-G2")
def test_a_record_that_claims_living_trials_takes_no_watch(harness: Harness) -> None:
    """All others stand on the same page with records of their own; that is so on data after data."""
    harness.settled()
    _list_as_aliases(harness, ONE, IDS[1:3])
    _polls(harness, 4)
    assert harness.watched() == IDS
    assert [kind for kind in harness.kinds() if kind != "admin.changed"] == ["ops.merge_claimed"]


@pytest.mark.fault("R-G2")
def test_one_answer_that_claims_all_others_moves_nothing(harness: Harness) -> None:
    harness.settled()
    _list_as_aliases(harness, ONE, IDS[1:])
    harness.day()
    assert harness.poll().outcome == "held"
    assert harness.watched() == IDS and "ops.held" in harness.kinds()
    _list_as_aliases(harness, ONE, [])
    _polls(harness, 2)
    assert harness.watched() == IDS and harness.faults() == []


@pytest.mark.fault("R-G2")
def test_claims_that_stand_for_days_hold_only_one_run(harness: Harness) -> None:
    """A record that lies for ever silences nobody: newer data release the run, and still nothing is moved."""
    harness.settled()
    _list_as_aliases(harness, ONE, IDS[1:])
    _polls(harness, 2)
    harness.day()
    harness.status(TWO)["overallStatus"] = "COMPLETED"
    assert harness.poll().changed == 1
    assert harness.watched() == IDS


@pytest.mark.fault("R-G2")
@pytest.mark.parametrize("redirected", [False, True], ids=["answers", "redirects"])
def test_an_address_that_leads_to_another_trial_moves_nothing(harness: Harness, redirected: bool) -> None:
    """One side's word alone, on however many data sets."""
    harness.settled()
    others = {it: harness.registry.studies.pop(it) for it in IDS[3:]}

    def astray(request: Request) -> Reply | None:
        if not request.path.endswith(tuple(IDS[3:])):
            return None
        if redirected:
            return Reply(301, headers={"Location": f"/api/v2/studies/{ONE}"})
        return as_json(harness.registry.studies[ONE])

    harness.registry.faults = astray
    _polls(harness, 4)
    assert harness.watched() == IDS
    kinds = harness.kinds()
    assert kinds.count("ops.merge_claimed") == 1 and "trial.gone" not in kinds and "trial.merged" not in kinds
    harness.registry.faults = []
    harness.registry.studies |= others
    harness.day()
    harness.status(IDS[3])["overallStatus"] = "COMPLETED"
    assert harness.poll().changed == 1, "good answers are read again"


@pytest.mark.fault("R-B12")
def test_a_lone_answer_with_another_record_is_told_once(harness: Harness) -> None:
    harness.settled(ONE, TWO)
    hidden = harness.registry.studies.pop(ONE)
    harness.registry.faults = lambda it: as_json(harness.registry.studies[TWO]) if it.path.endswith(ONE) else None
    _polls(harness, 1)
    [told] = harness.news()
    assert told.kind == "ops.merge_claimed" and ONE in told.summary and TWO in told.summary
    harness.registry.faults = []
    harness.registry.studies[ONE] = hidden
    _polls(harness, 2)
    assert (harness.watched(), harness.kinds()) == ([ONE, TWO], [])


@pytest.mark.fault("R-G2")
@pytest.mark.parametrize("status", [404, 410, 301])
def test_a_merge_both_sides_tell_twice_is_believed(harness: Harness, status: int) -> None:
    harness.settled(ONE)
    _merge(harness, ONE, TWO)
    if status != 301:
        harness.registry.faults = lambda it: Reply(status) if it.path.endswith(ONE) else None
    _polls(harness, 1)
    assert (harness.watched(), harness.kinds(), harness.versions(TWO)) == ([ONE], ["ops.merge_claimed"], [])
    assert harness.poll().outcome == "unchanged" and harness.watched() == [ONE], "the same data say nothing more"
    _polls(harness, 1)
    assert (harness.watched(), harness.kinds()) == ([TWO], ["trial.merged", "trial.first_seen"])
    _polls(harness, 2)
    assert (harness.watched(), harness.kinds()) == ([TWO], [])


@pytest.mark.fault("R-G2")
def test_a_number_alive_in_between_begins_from_the_start(harness: Harness) -> None:
    harness.settled(ONE)
    alive = harness.registry.studies[ONE]
    for _ in range(3):
        _merge(harness, ONE, TWO)
        _polls(harness, 1)
        harness.registry.studies[ONE] = alive
        _list_as_aliases(harness, TWO, [])
        _polls(harness, 1)
    assert harness.watched() == [ONE] and "trial.merged" not in harness.kinds()


@pytest.mark.fault("R-G2")
def test_misdated_data_confirm_no_merge(harness: Harness) -> None:
    harness.settled(ONE)
    _merge(harness, ONE, TWO)
    _polls(harness, 1)
    harness.registry.data_timestamp = FAR
    harness.poll()
    assert harness.watched() == [ONE]
    _polls(harness, 1)
    assert harness.watched() == [TWO]


@pytest.mark.fault("R-G2")
def test_a_number_two_trials_claim_goes_to_neither(harness: Harness) -> None:
    harness.settled(ONE)
    _merge(harness, ONE, TWO)
    _list_as_aliases(harness, THREE, [ONE])
    _polls(harness, 3)
    assert harness.watched() == [ONE] and "trial.merged" not in harness.kinds()


@pytest.mark.fault("R-G2")
def test_a_chain_of_mergers_is_followed_to_its_end(harness: Harness) -> None:
    harness.settled(ONE)
    _merge(harness, ONE, TWO)
    _polls(harness, 2)
    assert harness.watched() == [TWO]
    _merge(harness, TWO, THREE)
    _polls(harness, 2)
    assert harness.watched() == [THREE]
    with harness.context.database.read() as session:
        assert watches.resolve(session, ONE) == THREE


@pytest.mark.fault("R-G2")
def test_a_merge_turned_round_leaves_no_circle(harness: Harness) -> None:
    harness.settled(ONE)
    first = harness.registry.studies[ONE]
    _merge(harness, ONE, TWO)
    _polls(harness, 2)
    harness.registry.studies[ONE] = first
    _merge(harness, TWO, ONE)
    _polls(harness, 2)
    assert harness.watched() == [ONE]
    with harness.context.database.read() as session:
        assert [watches.resolve(session, it) for it in (ONE, TWO)] == [ONE, ONE]


@pytest.mark.fault("R-G2")
def test_an_undone_merge_brings_watch_and_tags_back(harness: Harness) -> None:
    with harness.context.database.write() as session:
        watches.watch(session, ONE, "ctgov", harness.clock.now(), ["liver"])
    harness.poll()
    alive = harness.registry.studies[ONE]
    _merge(harness, ONE, TWO)
    _polls(harness, 2)
    assert harness.watched() == [TWO]
    assert _undo(harness, ONE) == TWO
    with harness.context.database.read() as session:
        assert watches.watched(session, "liver") == [ONE, TWO]
        assert watches.resolve(session, ONE) == ONE
    _polls(harness, 3)
    assert harness.watched() == [ONE, TWO], "what a person undid is not believed again"
    harness.registry.studies[ONE] = alive
    harness.day()
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    assert harness.poll().changed == 1
    assert len(harness.versions(ONE)) == 2


@pytest.mark.fault("R-G2")
def test_a_broken_claimant_claims_nothing(harness: Harness) -> None:
    """A record that cannot be decoded is no witness; one that lists itself or odd things claims nobody."""
    harness.settled(ONE, TWO)
    _list_as_aliases(harness, TWO, [TWO, "NCT1", 7, None, ONE.lower()])  # type: ignore[list-item]
    _polls(harness, 2)
    broken = json.dumps({"studies": [harness.registry.studies[ONE]]})[:-1] + ', {"x": 1, "x": 2}]'
    harness.registry.faults = on_lists(lambda _: json_text(broken))
    _polls(harness, 2)
    assert harness.watched() == [ONE, TWO] and "ops.merge_claimed" not in harness.kinds()


@pytest.mark.fault("R-G2")
def test_many_mergers_cost_no_more_than_one_request_each(harness: Harness) -> None:
    harness.settled()
    for old in IDS[2:4]:
        del harness.registry.studies[old]
    _list_as_aliases(harness, ONE, IDS[2:4])
    harness.day()
    before = len(harness.registry.requests)
    harness.poll()
    alone = [it for it in harness.registry.requests[before:] if not is_list(it) and "/studies/" in it.path]
    assert {it.path.rpartition("/")[2] for it in alone} == {*IDS[2:4], ONE} and len(alone) == 4
