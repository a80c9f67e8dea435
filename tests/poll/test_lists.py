"""Lists that lie: empty, short, circling, or telling one record twice. Absence from a list proves nothing."""

from __future__ import annotations

import copy
import json

import pytest

from storage.watching import watches
from tests.fault_server import Reply, Request
from tests.poll.world import IDS, ONE, TWO, World, is_list, json_text, on_lists, paged, record

EMPTY = json_text('{"totalCount":0,"studies":[]}')


def _many(world: World, count: int) -> list[str]:
    names = [f"NCT{number:08d}" for number in range(1, count + 1)]
    world.registry.studies = {trial: record(trial) for trial in names}
    world.settled()
    return names


def test_b02_empty_lists_withdraw_nothing_and_cost_a_bounded_number_of_requests(world: World) -> None:
    names = _many(world, 410)
    world.day()
    world.status(names[-1])["overallStatus"] = "COMPLETED"
    world.registry.faults = on_lists(lambda _: EMPTY)
    report = world.poll()
    assert (report.outcome, report.checked, len(report.failed)) == ("partial", 410, 390)
    assert report.requests <= 1 + 3 + 25
    assert world.kinds() == []
    world.registry.faults = []
    assert (world.poll().changed, world.kinds()) == (1, ["status.changed"])


@pytest.mark.parametrize("lost", [6, 4])
def test_b02_a_registry_that_lost_its_records_is_held_and_withdraws_nothing(world: World, lost: int) -> None:
    """Lists short and most records 404, data set after data set: the registry is ill, the trials are not gone."""
    world.settled()
    there = world.registry.studies
    world.registry.studies = {trial: there[trial] for trial in IDS[lost:]}
    for _ in range(3):
        world.day()
        assert world.poll().outcome == "held"
    assert world.kinds() == ["ops.held"]
    world.registry.studies = there
    world.day()
    assert (world.poll().outcome, world.kinds()) == ("complete", [])


def test_b02_trials_long_gone_hold_nothing(world: World) -> None:
    world.settled(*IDS)
    for trial in IDS[:4]:
        del world.registry.studies[trial]
        for _ in range(2):
            world.day()
            world.poll()
    assert [(it.kind, it.trial) for it in world.news()] == [("trial.gone", trial) for trial in IDS[:4]]
    world.day()
    assert (world.poll().outcome, world.kinds()) == ("complete", [])


def test_b03_pages_that_deliver_less_than_was_counted_make_the_poll_partial(world: World) -> None:
    names = _many(world, 60)
    world.day()

    def short(request: Request) -> Reply:
        page = json.loads(world.registry.answer(request).body)
        return json_text(json.dumps({**page, "studies": page["studies"][:30]}))

    world.registry.faults = on_lists(short)
    report = world.poll()
    assert (report.outcome, len(report.failed), world.kinds()) == ("partial", 10, [])
    behind = [trial for trial in names if world.head(trial).mark != report.data_timestamp]
    assert sorted(it.trial for it in report.failed) == behind
    world.registry.faults = []
    again = world.poll()
    assert (again.outcome, again.checked) == ("complete", 10)


def test_b04_a_page_that_always_fails_costs_only_its_trials_and_the_next_poll_finds_all(world: World) -> None:
    world.settled()
    world.day()
    for trial in IDS:
        world.status(trial)["overallStatus"] = "COMPLETED"

    def third_page_fails(request: Request) -> Reply:
        return Reply(500) if request.query.get("pageToken") == "t2" else paged(world.registry, request, 1)

    world.registry.faults = on_lists(third_page_fails)
    report = world.poll()
    assert (report.outcome, report.changed, [it.trial for it in report.failed]) == ("partial", 2, IDS[2:])
    world.registry.faults = []
    assert (world.poll().outcome, [it.trial for it in world.news()]) == ("complete", IDS)


def test_b05_a_page_token_that_expires_half_way_loses_nothing_and_tells_nothing_twice(world: World) -> None:
    world.settled()
    world.day()
    for trial in IDS:
        world.status(trial)["overallStatus"] = "COMPLETED"

    def expires(request: Request) -> Reply:
        return Reply(400, b"pageToken") if request.query.get("pageToken") == "t4" else paged(world.registry, request, 2)

    world.registry.faults = on_lists(expires)
    report = world.poll()
    assert (report.outcome, report.changed) == ("complete", 6)
    assert [it.trial for it in world.news()] == IDS
    assert [len(world.versions(trial)) for trial in IDS] == [2] * 6


@pytest.mark.parametrize("token", ["t2", "new every time"])
def test_b06_pages_that_go_round_in_circles_end(world: World, token: str) -> None:
    world.watch(*IDS)

    def circling(request: Request) -> Reply:
        first_two = [world.registry.studies[ONE], world.registry.studies[TWO]]
        again = token if token == "t2" else f"t{request.number}"
        return json_text(json.dumps({"studies": first_two, "nextPageToken": again}))

    world.registry.faults = on_lists(circling)
    report = world.poll()
    assert (report.outcome, report.new) == ("complete", 6)
    assert report.requests <= 1 + 3 + 4


def test_b07_of_two_copies_of_one_record_the_newer_is_kept_whichever_comes_first(world: World) -> None:
    world.settled()
    world.day()
    newer = {trial: copy.deepcopy(world.registry.studies[trial]) for trial in (ONE, TWO)}
    for found in newer.values():
        status = found["protocolSection"]["statusModule"]
        status |= {"overallStatus": "COMPLETED", "lastUpdateSubmitDate": "2026-08-13"}
        status["lastUpdatePostDateStruct"] = {"date": "2026-08-15", "type": "ACTUAL"}
    old = world.registry.studies
    pages = [[old[ONE], newer[TWO]], [newer[ONE], old[TWO], *(old[trial] for trial in IDS[2:])]]

    def edited_while_paging(request: Request) -> Reply:
        number = int(request.query.get("pageToken", "0"))
        return json_text(json.dumps({"studies": pages[number], **({"nextPageToken": "1"} if not number else {})}))

    world.registry.faults = on_lists(edited_while_paging)
    assert world.poll().changed == 2
    assert sorted(it.trial for it in world.news() if it.kind == "status.changed") == [ONE, TWO]
    assert [world.versions(trial)[-1].status for trial in (ONE, TWO)] == ["COMPLETED"] * 2
    assert [len(world.versions(trial)) for trial in IDS] == [2, 2, 1, 1, 1, 1]


def test_b14_gone_takes_two_direct_404s_on_two_data_sets_and_is_told_once(world: World) -> None:
    world.settled()
    del world.registry.studies[ONE]
    world.day()
    for _ in range(3):
        world.poll()
    assert world.kinds() == []
    world.day()
    world.poll()
    assert [(it.kind, it.severity, it.trial) for it in world.news()] == [("trial.gone", "major", ONE)]
    world.day()
    world.poll()
    assert world.kinds() == []
    assert len(world.versions(ONE)) == 1


def test_b14_one_404_between_two_good_answers_is_forgotten(world: World) -> None:
    world.settled()
    kept = world.registry.studies[ONE]
    for there in (False, True, False, True):
        world.day()
        if there:
            world.registry.studies[ONE] = kept
        else:
            del world.registry.studies[ONE]
        world.poll()
    assert world.kinds() == []


def test_b15_a_record_the_list_omits_and_that_answers_directly_is_not_gone(world: World) -> None:
    world.settled()

    def without_one(request: Request) -> Reply:
        page = json.loads(world.registry.answer(request).body)
        records = [it for it in page["studies"] if it["protocolSection"]["identificationModule"]["nctId"] != ONE]
        return json_text(json.dumps({"studies": records}))

    world.registry.faults = on_lists(without_one)
    for _ in range(3):
        world.day()
        assert world.poll().outcome == "complete"
    assert world.kinds() == []
    assert world.head(ONE).mark == world.registry.data_timestamp


@pytest.mark.parametrize("edited", [False, True], ids=["as it was", "edited meanwhile"])
def test_b16_gone_and_back_are_told_once_each_and_the_history_goes_on(world: World, edited: bool) -> None:
    world.settled()
    kept = world.registry.studies.pop(ONE)
    for _ in range(3):
        world.day()
        world.poll()
    world.registry.studies[ONE] = kept
    if edited:
        world.status(ONE)["overallStatus"] = "COMPLETED"
    for _ in range(2):
        world.day()
        world.poll()
    assert world.kinds() == ["trial.gone", "trial.back", *(["status.changed"] if edited else [])]
    assert [it.version for it in world.versions(ONE)] == [1, 2][: 1 + edited]
    assert world.head(ONE).gone_since is None


def test_b16_a_trial_that_is_gone_a_second_time_is_told_a_second_time(world: World) -> None:
    world.settled()
    kept = world.registry.studies[ONE]
    for _ in range(2):
        del world.registry.studies[ONE]
        for _ in range(2):
            world.day()
            world.poll()
        world.registry.studies[ONE] = kept
        world.day()
        world.poll()
    events = world.news()
    assert [it.kind for it in events] == ["trial.gone", "trial.back"] * 2
    assert len({it.id for it in events}) == 4


def test_b14_an_answer_of_500_or_a_refusal_is_no_absence(world: World) -> None:
    world.settled()
    del world.registry.studies[ONE]
    world.registry.faults = lambda it: Reply(500) if it.path.endswith(ONE) else None
    for _ in range(3):
        world.day()
        assert world.poll().outcome == "partial"
    assert world.kinds() == []


def _merge(world: World, old: str, new: str) -> None:
    """The registry drops `old` for `new`."""
    del world.registry.studies[old]
    world.module(new, "identificationModule")["nctIdAliases"] = [old]


def test_b17_peer_24_the_watch_follows_a_merged_trial_and_tells_it_once(world: World) -> None:
    world.settled(ONE)
    _merge(world, ONE, TWO)
    for _ in range(3):
        world.day()
        assert world.poll().outcome == "complete"
    claimed, *events = world.news()
    assert claimed.kind == "ops.merge_claimed"
    assert [(it.kind, it.trial) for it in events] == [("trial.merged", TWO), ("trial.first_seen", TWO)]
    assert ONE in events[0].summary and TWO in events[0].summary
    assert world.watched() == [TWO]
    assert [world.versions(trial)[0].title[-11:] for trial in (ONE, TWO)] == [ONE, TWO]
    with world.context.database.read() as session:
        assert [watches.resolve(session, trial) for trial in (ONE, TWO)] == [TWO, TWO]
    world.day()
    assert world.poll(ONE, TWO).unchanged == 1


def test_b17_both_were_watched_and_nothing_of_one_is_told_as_an_edit_of_the_other(world: World) -> None:
    world.settled(ONE, TWO)
    world.status(ONE)["overallStatus"] = "SUSPENDED"
    _merge(world, ONE, TWO)
    for _ in range(2):
        world.day()
        world.poll()
    assert [it for it in world.kinds() if it != "admin.changed"] == ["ops.merge_claimed", "trial.merged"]
    assert world.watched() == [TWO]


def test_b17_an_obsolete_id_never_looked_at_before_is_followed_in_silence(world: World) -> None:
    _merge(world, ONE, TWO)
    world.watch(ONE)
    for _ in range(2):
        world.poll()
        world.day()
    assert [it.kind for it in world.news()] == ["ops.merge_claimed", "trial.first_seen"]
    assert world.watched() == [TWO]


@pytest.mark.parametrize("name", ["NCT../../x", "NCT" + "1" * 1_000_000, "", "nct00000001", "NCT00000001 ", "NCT1\x00"])
def test_b30_a_hostile_id_is_refused_and_never_sent(world: World, name: str) -> None:
    report = world.poll(name, ONE)
    assert (report.outcome, [it.trial == name for it in report.failed]) == ("partial", [True])
    assert all(request.query.get("filter.ids", ONE) == ONE for request in world.registry.requests)
    assert {request.path for request in world.registry.requests} == {"/api/v2/version", "/api/v2/studies"}


@pytest.mark.parametrize("name", ["NCT../../x", "", "nct00000001", "NCT00000001 ", 7, None])
def test_b30_a_record_with_a_hostile_id_is_kept_aside_and_the_others_go_on(world: World, name: object) -> None:
    hostile = record(ONE)
    hostile["protocolSection"]["identificationModule"]["nctId"] = name
    records = [hostile, world.registry.studies[TWO]]
    world.watch(ONE, TWO)
    world.registry.faults = lambda it: (
        json_text(json.dumps({"studies": records}))
        if is_list(it)
        else json_text(json.dumps(hostile))
        if it.path.endswith(ONE)
        else None
    )
    report = world.poll()
    assert (report.outcome, report.new) == ("partial", 1)
    assert {request.path for request in world.registry.requests} <= {
        "/api/v2/version",
        "/api/v2/studies",
        f"/api/v2/studies/{ONE}",
    }
    assert sorted(it.kind for it in world.news()) == ["ops.quarantine", "trial.first_seen"]
