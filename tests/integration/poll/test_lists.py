"""Lists that lie: empty, short, circling, or telling one record twice. Absence from a list proves nothing."""

from __future__ import annotations

import copy
import json

import pytest

from storage.watching import watches
from tests.support.harness import IDS, ONE, TWO, Harness, is_list, json_text, on_lists, paged, record
from tests.support.registry.embedded_registry import Reply, Request

EMPTY = json_text('{"totalCount":0,"studies":[]}')


def _many(harness: Harness, count: int) -> list[str]:
    names = [f"NCT{number:08d}" for number in range(1, count + 1)]
    harness.registry.studies = {trial: record(trial) for trial in names}
    harness.settled()
    return names


@pytest.mark.fault("B02")
def test_empty_lists_withdraw_nothing_and_cost_a_bounded_number_of_requests(harness: Harness) -> None:
    names = _many(harness, 410)
    harness.day()
    harness.status(names[-1])["overallStatus"] = "COMPLETED"
    harness.registry.faults = on_lists(lambda _: EMPTY)
    report = harness.poll()
    assert (report.outcome, report.checked, len(report.failed)) == ("partial", 410, 390)
    assert report.requests <= 1 + 3 + 25
    assert harness.kinds() == []
    harness.registry.faults = []
    assert (harness.poll().changed, harness.kinds()) == (1, ["status.changed"])


@pytest.mark.fault("B02")
@pytest.mark.parametrize("lost", [6, 4])
def test_a_registry_that_lost_its_records_is_held_and_withdraws_nothing(harness: Harness, lost: int) -> None:
    """Lists short and most records 404, data set after data set: the registry is ill, the trials are not gone."""
    harness.settled()
    there = harness.registry.studies
    harness.registry.studies = {trial: there[trial] for trial in IDS[lost:]}
    for _ in range(3):
        harness.day()
        assert harness.poll().outcome == "held"
    assert harness.kinds() == ["ops.held"]
    harness.registry.studies = there
    harness.day()
    assert (harness.poll().outcome, harness.kinds()) == ("complete", [])


@pytest.mark.fault("B02")
def test_trials_long_gone_hold_nothing(harness: Harness) -> None:
    harness.settled(*IDS)
    for trial in IDS[:4]:
        del harness.registry.studies[trial]
        for _ in range(2):
            harness.day()
            harness.poll()
    assert [(it.kind, it.trial) for it in harness.news()] == [("trial.gone", trial) for trial in IDS[:4]]
    harness.day()
    assert (harness.poll().outcome, harness.kinds()) == ("complete", [])


@pytest.mark.fault("B03")
def test_pages_that_deliver_less_than_was_counted_make_the_poll_partial(harness: Harness) -> None:
    names = _many(harness, 60)
    harness.day()

    def short(request: Request) -> Reply:
        page = json.loads(harness.registry.answer(request).body)
        return json_text(json.dumps({**page, "studies": page["studies"][:30]}))

    harness.registry.faults = on_lists(short)
    report = harness.poll()
    assert (report.outcome, len(report.failed), harness.kinds()) == ("partial", 10, [])
    behind = [trial for trial in names if harness.head(trial).data_timestamp != report.data_timestamp]
    assert sorted(it.trial for it in report.failed) == behind
    harness.registry.faults = []
    again = harness.poll()
    assert (again.outcome, again.checked) == ("complete", 10)


@pytest.mark.fault("B04")
def test_a_page_that_always_fails_costs_only_its_trials_and_the_next_poll_finds_all(harness: Harness) -> None:
    harness.settled()
    harness.day()
    for trial in IDS:
        harness.status(trial)["overallStatus"] = "COMPLETED"

    def third_page_fails(request: Request) -> Reply:
        return Reply(500) if request.query.get("pageToken") == "t2" else paged(harness.registry, request, 1)

    harness.registry.faults = on_lists(third_page_fails)
    report = harness.poll()
    assert (report.outcome, report.changed, [it.trial for it in report.failed]) == ("partial", 2, IDS[2:])
    harness.registry.faults = []
    assert (harness.poll().outcome, [it.trial for it in harness.news()]) == ("complete", IDS)


@pytest.mark.fault("B05")
def test_a_page_token_that_expires_half_way_loses_nothing_and_tells_nothing_twice(harness: Harness) -> None:
    harness.settled()
    harness.day()
    for trial in IDS:
        harness.status(trial)["overallStatus"] = "COMPLETED"

    def expires(request: Request) -> Reply:
        return (
            Reply(400, b"pageToken") if request.query.get("pageToken") == "t4" else paged(harness.registry, request, 2)
        )

    harness.registry.faults = on_lists(expires)
    report = harness.poll()
    assert (report.outcome, report.changed) == ("complete", 6)
    assert [it.trial for it in harness.news()] == IDS
    assert [len(harness.versions(trial)) for trial in IDS] == [2] * 6


@pytest.mark.fault("B06")
@pytest.mark.parametrize("token", ["t2", "new every time"])
def test_pages_that_go_round_in_circles_end(harness: Harness, token: str) -> None:
    harness.watch(*IDS)

    def circling(request: Request) -> Reply:
        first_two = [harness.registry.studies[ONE], harness.registry.studies[TWO]]
        again = token if token == "t2" else f"t{request.number}"
        return json_text(json.dumps({"studies": first_two, "nextPageToken": again}))

    harness.registry.faults = on_lists(circling)
    report = harness.poll()
    assert (report.outcome, report.new) == ("complete", 6)
    assert report.requests <= 1 + 3 + 4


@pytest.mark.fault("B07")
def test_of_two_copies_of_one_record_the_newer_is_kept_whichever_comes_first(harness: Harness) -> None:
    harness.settled()
    harness.day()
    newer = {trial: copy.deepcopy(harness.registry.studies[trial]) for trial in (ONE, TWO)}
    for found in newer.values():
        status = found["protocolSection"]["statusModule"]
        status |= {"overallStatus": "COMPLETED", "lastUpdateSubmitDate": "2026-08-13"}
        status["lastUpdatePostDateStruct"] = {"date": "2026-08-15", "type": "ACTUAL"}
    old = harness.registry.studies
    pages = [[old[ONE], newer[TWO]], [newer[ONE], old[TWO], *(old[trial] for trial in IDS[2:])]]

    def edited_while_paging(request: Request) -> Reply:
        number = int(request.query.get("pageToken", "0"))
        return json_text(json.dumps({"studies": pages[number], **({"nextPageToken": "1"} if not number else {})}))

    harness.registry.faults = on_lists(edited_while_paging)
    assert harness.poll().changed == 2
    assert sorted(it.trial for it in harness.news() if it.kind == "status.changed") == [ONE, TWO]
    assert [harness.versions(trial)[-1].status for trial in (ONE, TWO)] == ["COMPLETED"] * 2
    assert [len(harness.versions(trial)) for trial in IDS] == [2, 2, 1, 1, 1, 1]


@pytest.mark.fault("B14")
def test_gone_takes_two_direct_404s_on_two_data_sets_and_is_told_once(harness: Harness) -> None:
    harness.settled()
    del harness.registry.studies[ONE]
    harness.day()
    for _ in range(3):
        harness.poll()
    assert harness.kinds() == []
    harness.day()
    harness.poll()
    assert [(it.kind, it.severity, it.trial) for it in harness.news()] == [("trial.gone", "major", ONE)]
    harness.day()
    harness.poll()
    assert harness.kinds() == []
    assert len(harness.versions(ONE)) == 1


@pytest.mark.fault("B14")
def test_one_404_between_two_good_answers_is_forgotten(harness: Harness) -> None:
    harness.settled()
    kept = harness.registry.studies[ONE]
    for there in (False, True, False, True):
        harness.day()
        if there:
            harness.registry.studies[ONE] = kept
        else:
            del harness.registry.studies[ONE]
        harness.poll()
    assert harness.kinds() == []


@pytest.mark.fault("B15")
def test_a_record_the_list_omits_and_that_answers_directly_is_not_gone(harness: Harness) -> None:
    harness.settled()

    def without_one(request: Request) -> Reply:
        page = json.loads(harness.registry.answer(request).body)
        records = [it for it in page["studies"] if it["protocolSection"]["identificationModule"]["nctId"] != ONE]
        return json_text(json.dumps({"studies": records}))

    harness.registry.faults = on_lists(without_one)
    for _ in range(3):
        harness.day()
        assert harness.poll().outcome == "complete"
    assert harness.kinds() == []
    assert harness.head(ONE).data_timestamp == harness.registry.data_timestamp


@pytest.mark.fault("B16")
@pytest.mark.parametrize("edited", [False, True], ids=["as it was", "edited meanwhile"])
def test_gone_and_back_are_told_once_each_and_the_history_goes_on(harness: Harness, edited: bool) -> None:
    harness.settled()
    kept = harness.registry.studies.pop(ONE)
    for _ in range(3):
        harness.day()
        harness.poll()
    harness.registry.studies[ONE] = kept
    if edited:
        harness.status(ONE)["overallStatus"] = "COMPLETED"
    for _ in range(2):
        harness.day()
        harness.poll()
    assert harness.kinds() == ["trial.gone", "trial.back", *(["status.changed"] if edited else [])]
    assert [it.version for it in harness.versions(ONE)] == [1, 2][: 1 + edited]
    assert harness.head(ONE).gone_since is None


@pytest.mark.fault("B16")
def test_a_trial_that_is_gone_a_second_time_is_told_a_second_time(harness: Harness) -> None:
    harness.settled()
    kept = harness.registry.studies[ONE]
    for _ in range(2):
        del harness.registry.studies[ONE]
        for _ in range(2):
            harness.day()
            harness.poll()
        harness.registry.studies[ONE] = kept
        harness.day()
        harness.poll()
    events = harness.news()
    assert [it.kind for it in events] == ["trial.gone", "trial.back"] * 2
    assert len({it.id for it in events}) == 4


@pytest.mark.fault("B14")
def test_an_answer_of_500_or_a_refusal_is_no_absence(harness: Harness) -> None:
    harness.settled()
    del harness.registry.studies[ONE]
    harness.registry.faults = lambda it: Reply(500) if it.path.endswith(ONE) else None
    for _ in range(3):
        harness.day()
        assert harness.poll().outcome == "partial"
    assert harness.kinds() == []


def _merge(harness: Harness, old: str, new: str) -> None:
    """The registry drops `old` for `new`."""
    del harness.registry.studies[old]
    harness.module(new, "identificationModule")["nctIdAliases"] = [old]


@pytest.mark.fault("B17")
def test_peer_24_the_watch_follows_a_merged_trial_and_tells_it_once(harness: Harness) -> None:
    harness.settled(ONE)
    _merge(harness, ONE, TWO)
    for _ in range(3):
        harness.day()
        assert harness.poll().outcome == "complete"
    claimed, *events = harness.news()
    assert claimed.kind == "ops.merge_claimed"
    assert [(it.kind, it.trial) for it in events] == [("trial.merged", TWO), ("trial.first_seen", TWO)]
    assert ONE in events[0].summary and TWO in events[0].summary
    assert harness.watched() == [TWO]
    assert [harness.versions(trial)[0].title[-11:] for trial in (ONE, TWO)] == [ONE, TWO]
    with harness.context.database.read() as session:
        assert [watches.resolve(session, trial) for trial in (ONE, TWO)] == [TWO, TWO]
    harness.day()
    assert harness.poll(ONE, TWO).unchanged == 1


@pytest.mark.fault("B17")
def test_both_were_watched_and_nothing_of_one_is_told_as_an_edit_of_the_other(harness: Harness) -> None:
    harness.settled(ONE, TWO)
    harness.status(ONE)["overallStatus"] = "SUSPENDED"
    _merge(harness, ONE, TWO)
    for _ in range(2):
        harness.day()
        harness.poll()
    assert [it for it in harness.kinds() if it != "admin.changed"] == ["ops.merge_claimed", "trial.merged"]
    assert harness.watched() == [TWO]


@pytest.mark.fault("B17")
def test_an_obsolete_id_never_looked_at_before_is_followed_in_silence(harness: Harness) -> None:
    _merge(harness, ONE, TWO)
    harness.watch(ONE)
    for _ in range(2):
        harness.poll()
        harness.day()
    assert [it.kind for it in harness.news()] == ["ops.merge_claimed", "trial.first_seen"]
    assert harness.watched() == [TWO]


@pytest.mark.fault("B30")
@pytest.mark.parametrize("name", ["NCT../../x", "NCT" + "1" * 1_000_000, "", "nct00000001", "NCT00000001 ", "NCT1\x00"])
def test_a_hostile_id_is_refused_and_never_sent(harness: Harness, name: str) -> None:
    report = harness.poll(name, ONE)
    assert (report.outcome, [it.trial == name for it in report.failed]) == ("partial", [True])
    assert all(request.query.get("filter.ids", ONE) == ONE for request in harness.registry.requests)
    assert {request.path for request in harness.registry.requests} == {"/api/v2/version", "/api/v2/studies"}


@pytest.mark.fault("B30")
@pytest.mark.parametrize("name", ["NCT../../x", "", "nct00000001", "NCT00000001 ", 7, None])
def test_a_record_with_a_hostile_id_is_kept_aside_and_the_others_go_on(harness: Harness, name: object) -> None:
    hostile = record(ONE)
    hostile["protocolSection"]["identificationModule"]["nctId"] = name
    records = [hostile, harness.registry.studies[TWO]]
    harness.watch(ONE, TWO)
    harness.registry.faults = lambda it: (
        json_text(json.dumps({"studies": records}))
        if is_list(it)
        else json_text(json.dumps(hostile))
        if it.path.endswith(ONE)
        else None
    )
    report = harness.poll()
    assert (report.outcome, report.new) == ("partial", 1)
    assert {request.path for request in harness.registry.requests} <= {
        "/api/v2/version",
        "/api/v2/studies",
        f"/api/v2/studies/{ONE}",
    }
    assert sorted(it.kind for it in harness.news()) == ["ops.quarantine", "trial.first_seen"]
