"""Which requests the client makes, and what answer each id ends with."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

import pytest

from tests.integration.registries.conftest import IDS
from tests.support.registry.embedded_registry import (
    Fault,
    RegistryServer,
    Reply,
    Request,
    Study,
    as_json,
    gzipped,
    hang_up,
    study,
)
from tests.support.registry.fake_hosts import FakeClock, FakeRateLimiter
from tracker.errors import DamagedAnswer, NotBefore, Refused, ServerTrouble, Unreachable
from tracker.http.polite_client import PoliteClient
from tracker.registries.answers import Answer, Batch, Gone, ObsoleteIdClaim, RawTrial, Redirected, Unread
from tracker.registries.ctgov.client import CtgovClient

A, B, C, D, E, F = IDS
LIST = "/api/v2/studies"
MAINTENANCE = Reply(200, b"<html><body>Back soon</body></html>", "text/html")


def fetch(client: CtgovClient, ids: Iterable[str]) -> list[Answer]:
    return [answer for batch in client.fetch(ids) for answer in batch.answers]


def named(answer: Answer) -> str:
    return answer.asked if isinstance(answer, Redirected) else answer.trial


def kinds(answers: Iterable[Answer]) -> dict[str, str]:
    """Each id and the name of the one answer it has; fails when an id has two."""
    pairs = [(named(answer), type(answer).__name__) for answer in answers]
    assert max(Counter(name for name, _ in pairs).values(), default=1) == 1
    return dict(pairs)


def records(answers: Iterable[Answer]) -> dict[str, object]:
    return {a.trial: a.value for a in answers if isinstance(a, RawTrial)}


def page(*items: Study | str, total: int | None = None, token: str | None = None) -> Reply:
    """A page of these records; a text goes in as it is."""
    texts = [item if isinstance(item, str) else json.dumps(item) for item in items]
    count = "" if total is None else f'"totalCount": {total}, '
    following = "" if token is None else f', "nextPageToken": "{token}"'
    body = f'{{{count}"studies": [{", ".join(texts)}]{following}}}'
    return Reply(200, body.encode(), "application/json")


def spoil(text: str, reply: Reply) -> Reply:
    """The answer with one more record in its list, written as it is."""
    body = reply.body.replace(b'"studies":[', b'"studies":[' + text.encode() + b",", 1)
    assert body != reply.body
    return Reply(reply.status, body, reply.kind)


def unread(answers: Iterable[Answer]) -> dict[str, type[Exception]]:
    return {a.trial: type(a.error) for a in answers if isinstance(a, Unread)}


# -- a good day


def test_a_thousand_ids_are_five_requests(http: PoliteClient) -> None:
    ids = [f"NCT{number:08d}" for number in range(1, 1001)]
    with RegistryServer([study(trial) for trial in ids]) as registry:
        client = CtgovClient(http, registry.url)
        batches = list(client.fetch([*ids, *ids]))
        assert [len(batch.answers) for batch in batches] == [200] * 5
        assert client.requests == len(registry.requests) == 5
        assert records(batches[2].answers)[ids[400]] == registry.studies[ids[400]]
        assert all(not batch.notices for batch in batches)
        query = registry.requests[1].query
        assert query == {
            "filter.ids": "|".join(ids[200:400]),
            "pageSize": "200",
            "format": "json",
            "countTotal": "true",
        }


def test_nothing_asked_is_nothing_sent(ctgov: CtgovClient) -> None:
    assert list(ctgov.fetch([])) == []
    assert ctgov.requests == 0


def test_a_record_says_where_it_is_read(ctgov: CtgovClient, registry: RegistryServer) -> None:
    (answer,) = fetch(ctgov, [A])
    assert answer == RawTrial(A, registry.studies[A], f"{registry.url}/api/v2/studies/{A}")
    assert ctgov.one(A) == Batch((answer,))
    assert registry.paths() == [LIST, f"{LIST}/{A}"]


def test_the_data_timestamp_is_the_text_given(ctgov: CtgovClient, registry: RegistryServer) -> None:
    registry.data_timestamp = "2026-11-20T09:00:05"
    assert ctgov.data_timestamp() == "2026-11-20T09:00:05"


@pytest.mark.parametrize(
    "version", ["{}", "[]", "7", '{"dataTimestamp": 7}', '{"dataTimestamp": "soon"}', "{", '{"a": NaN}']
)
def test_a_version_without_a_timestamp_is_damage(ctgov: CtgovClient, registry: RegistryServer, version: str) -> None:
    registry.faults = [Reply(200, version.encode(), "application/json")]
    with pytest.raises(DamagedAnswer):
        ctgov.data_timestamp()


# -- pages


def test_pages_are_followed_with_every_parameter_repeated(http: PoliteClient, registry: RegistryServer) -> None:
    client = CtgovClient(http, registry.url, batch=6)
    registry.faults = [
        page(study(A), total=6, token="one"),
        page(token="two"),
        page(study(B), study(C), study(D), study(E), study(F)),
    ]
    assert kinds(fetch(client, IDS)) == dict.fromkeys(IDS, "RawTrial")
    first, second, third = (request.query for request in registry.requests)
    rest = {name: value for name, value in first.items() if name != "countTotal"}
    assert second == {**rest, "pageToken": "one"}
    assert third == {**rest, "pageToken": "two"}


@pytest.mark.fault("B03")
def test_what_the_count_promised_and_the_pages_lack_is_asked_for_alone(
    ctgov: CtgovClient, registry: RegistryServer
) -> None:
    registry.faults = [page(study(A), study(B), total=6)]
    (batch,) = ctgov.fetch(IDS)
    assert kinds(batch.answers) == dict.fromkeys(IDS, "RawTrial")
    assert registry.paths() == [LIST, *(f"{LIST}/{trial}" for trial in (C, D, E, F))]
    assert "counted 6 records and sent 2" in batch.notices[0]


@pytest.mark.fault("B02")
def test_an_empty_list_is_not_believed_but_tried(http: PoliteClient) -> None:
    ids = [f"NCT{number:08d}" for number in range(1, 101)]
    with RegistryServer([study(trial) for trial in ids]) as registry:
        registry.faults = [page(total=0)]
        answers = fetch(CtgovClient(http, registry.url), ids)
        assert Counter(kinds(answers).values()) == {"RawTrial": 20, "Unread": 80}
        assert set(unread(answers).values()) == {DamagedAnswer}
        assert len(registry.requests) == 21


@pytest.mark.fault("B04")
def test_a_group_that_fails_costs_only_its_own_trials(http: PoliteClient, registry: RegistryServer) -> None:
    registry.faults = lambda request: Reply(500) if C in request.ids else None
    client = CtgovClient(http, registry.url, batch=2)
    answers = fetch(client, IDS)
    assert unread(answers) == {C: ServerTrouble, D: ServerTrouble}
    assert set(records(answers)) == {A, B, E, F}
    assert len(registry.requests) == 1 + 3 + 1


@pytest.mark.fault("B05")
def test_a_token_that_expires_half_way_is_started_over(ctgov: CtgovClient, registry: RegistryServer) -> None:
    registry.faults = [page(study(A), study(B), total=6, token="old"), Reply(400, b"pageToken has expired")]
    assert kinds(fetch(ctgov, IDS)) == dict.fromkeys(IDS, "RawTrial")
    assert [request.ids for request in registry.requests] == [IDS, IDS, [C, D], [E, F]]


@pytest.mark.fault("B06")
@pytest.mark.parametrize("tokens", [["again"] * 50, [f"t{n}" for n in range(50)]], ids=["same-token", "new-tokens"])
@pytest.mark.parametrize("items", [[A, B], []], ids=["same-page", "empty-page"])
def test_going_round_in_circles_ends(
    ctgov: CtgovClient, registry: RegistryServer, tokens: list[str], items: list[str]
) -> None:
    def fault(request: Request) -> Fault:
        return page(*map(study, items), token=tokens[request.number]) if request.path == LIST else None

    registry.faults = fault
    assert kinds(fetch(ctgov, IDS)) == dict.fromkeys(IDS, "RawTrial")
    assert len([path for path in registry.paths() if path == LIST]) <= 21


@pytest.mark.fault("B07")
@pytest.mark.parametrize("newer_first", [True, False])
@pytest.mark.parametrize("by", ["post date", "submit date", "version holder"])
def test_of_two_copies_the_newer_is_kept(
    ctgov: CtgovClient, registry: RegistryServer, newer_first: bool, by: str
) -> None:
    old, new = study(A, updated="2026-01-15"), study(A, updated="2026-01-15")
    status = new["protocolSection"]["statusModule"]
    if by == "post date":
        status["lastUpdatePostDateStruct"]["date"] = "2026-02-01"
        status["lastUpdateSubmitDate"] = "2026-01-01"
    elif by == "submit date":
        status["lastUpdateSubmitDate"] = "2026-01-20"
    else:
        new["derivedSection"]["miscInfoModule"]["versionHolder"] = "2026-08-17"
    copies = [new, old] if newer_first else [old, new]
    registry.faults = [page(copies[0], token="next"), page(copies[1], study(B))]
    (batch,) = ctgov.fetch([A, B])
    assert records(batch.answers) == {A: new, B: study(B)}
    assert batch.notices == (f"{A} came twice, with different content; the newer is kept",)


@pytest.mark.fault("B07")
def test_a_sound_copy_wins_over_a_spoiled_one(ctgov: CtgovClient, registry: RegistryServer) -> None:
    spoiled = json.dumps(study(A)).replace("{", '{"x": NaN, ', 1)
    registry.faults = [page(spoiled, study(A))]
    assert fetch(ctgov, [A]) == [RawTrial(A, study(A), f"{registry.url}/api/v2/studies/{A}")]


# -- answers that are no answer


@pytest.mark.fault("B01")
@pytest.mark.fault("A19")
@pytest.mark.parametrize("damage", [MAINTENANCE, gzipped(b"no gzip"), hang_up], ids=["b01-maintenance", "a02", "a09"])
def test_damage_leaves_every_trial_unread(ctgov: CtgovClient, registry: RegistryServer, damage: Fault) -> None:
    registry.faults = lambda _: damage
    answers = fetch(ctgov, IDS)
    assert kinds(answers) == dict.fromkeys(IDS, "Unread")
    assert set(unread(answers).values()) <= {DamagedAnswer, Unreachable}
    assert len(registry.requests) == 3
    with pytest.raises((DamagedAnswer, Unreachable)):
        ctgov.data_timestamp()


@pytest.mark.fault("A19")
def test_a_maintenance_page_for_one_record_is_unread(ctgov: CtgovClient, registry: RegistryServer) -> None:
    registry.faults = lambda _: MAINTENANCE
    assert kinds(ctgov.one(A).answers) == {A: "Unread"}


@pytest.mark.fault("A10")
def test_after_a_not_before_nothing_more_is_asked(
    http: PoliteClient, registry: RegistryServer, rate_limiter: FakeRateLimiter, clock: FakeClock
) -> None:
    registry.faults = lambda request: Reply(429, headers={"Retry-After": "600"}) if C in request.ids else None
    answers = fetch(CtgovClient(http, registry.url, batch=2), IDS)
    assert unread(answers) == dict.fromkeys((C, D, E, F), NotBefore)
    assert set(records(answers)) == {A, B}
    assert len(registry.requests) == 2


@pytest.mark.fault("A10")
def test_a_not_before_between_lone_questions_ends_them_too(ctgov: CtgovClient, registry: RegistryServer) -> None:
    registry.faults = [page(study(A)), None, Reply(429)]
    answers = fetch(ctgov, IDS)
    assert set(records(answers)) == {A, B}
    assert unread(answers) == dict.fromkeys((C, D, E, F), NotBefore)
    assert len(registry.requests) == 3


@pytest.mark.parametrize("status", [400, 413, 414, 431])
def test_a_group_that_is_refused_is_halved_down_to_the_one(
    ctgov: CtgovClient, registry: RegistryServer, status: int
) -> None:
    registry.faults = lambda request: Reply(status, b"no such thing") if C in request.ids else None
    answers = fetch(ctgov, IDS)
    assert unread(answers) == {C: Refused}
    assert set(records(answers)) == {A, B, D, E, F}
    assert [request.ids for request in registry.requests] == [IDS, [A, B, C], [A, B], [C], [D, E, F]]


def test_an_id_that_is_none_is_never_sent(ctgov: CtgovClient, registry: RegistryServer) -> None:
    hostile = ["NCT../../x", "", "nct00000001", f"{A}|{B}", "x" * 1_000_000, f"{A}\r\nHost: x"]
    answers = fetch(ctgov, [*hostile, A])
    assert kinds(answers) == {**dict.fromkeys(hostile, "Unread"), A: "RawTrial"}
    assert registry.requests[0].ids == [A]
    assert kinds(ctgov.one("../version").answers) == {"../version": "Unread"}
    assert len(registry.requests) == 1


# -- absent, gone, elsewhere


@pytest.mark.fault("B14")
def test_absent_from_the_list_and_404_alone_is_gone(ctgov: CtgovClient, registry: RegistryServer) -> None:
    del registry.studies[C]
    answers = fetch(ctgov, IDS)
    assert [a for a in answers if isinstance(a, Gone)] == [Gone(C, 404)]
    assert set(records(answers)) == {A, B, D, E, F}
    assert registry.paths() == [LIST, f"{LIST}/{C}"]


@pytest.mark.fault("B14")
def test_410_is_gone_and_500_is_unread(ctgov: CtgovClient, registry: RegistryServer) -> None:
    registry.faults = [page(), Reply(410), Reply(500), Reply(500), Reply(500)]
    answers = fetch(ctgov, [A, B])
    assert answers[0] == Gone(A, 410)
    assert unread(answers) == {B: ServerTrouble}


@pytest.mark.fault("B15")
def test_absent_from_the_list_and_there_alone_is_just_a_record(ctgov: CtgovClient, registry: RegistryServer) -> None:
    registry.faults = [page(study(A))]
    assert records(fetch(ctgov, [A, B])) == {A: study(A), B: study(B)}


OLD = "NCT00000099"


@pytest.mark.fault("B17")
def test_a_record_that_lists_the_id_only_claims_it(ctgov: CtgovClient, registry: RegistryServer) -> None:
    """The number itself is asked too: it may be alive, whatever another record says."""
    registry.studies[B] = study(B, aliases=[OLD, "NCT00000098"])
    (batch,) = ctgov.fetch([A, OLD])
    assert kinds(batch.answers) == {A: "RawTrial", B: "RawTrial", OLD: "Redirected"}
    assert Redirected(OLD, B) in batch.answers and batch.claims == (ObsoleteIdClaim(OLD, B),)
    assert registry.paths() == [LIST, f"{LIST}/{OLD}", f"{LIST}/{B}"]


@pytest.mark.fault("R-G2")
def test_a_claimed_number_on_the_page_answers_for_itself(ctgov: CtgovClient, registry: RegistryServer) -> None:
    registry.studies[B] = study(B, aliases=[A])
    (batch,) = ctgov.fetch([A, B])
    assert records(batch.answers) == {A: study(A), B: study(B, aliases=[A])}
    assert batch.claims == (ObsoleteIdClaim(A, B),) and len(registry.requests) == 1


@pytest.mark.fault("B17")
def test_both_ids_asked_for_make_one_record(ctgov: CtgovClient, registry: RegistryServer) -> None:
    registry.studies[B] = study(B, aliases=[OLD])
    answers = fetch(ctgov, [OLD, B])
    assert sorted(kinds(answers).items()) == [(B, "RawTrial"), (OLD, "Redirected")]


@pytest.mark.fault("B17")
def test_a_redirect_leads_to_the_record(ctgov: CtgovClient, registry: RegistryServer) -> None:
    registry.aliases[OLD] = B
    registry.faults = [page(study(A))]
    (batch,) = ctgov.fetch([A, OLD])
    assert Redirected(OLD, B) in batch.answers
    assert records(batch.answers) == {A: study(A), B: study(B)}
    assert batch.notices == ()
    assert registry.paths() == [LIST, f"{LIST}/{OLD}", f"{LIST}/{B}"]
    assert Redirected(OLD, B) in ctgov.one(OLD).answers


@pytest.mark.fault("B17")
def test_what_a_lone_answer_lists_is_asked_for_too(ctgov: CtgovClient, registry: RegistryServer) -> None:
    older = "NCT00000098"
    registry.studies[B] = study(B, aliases=[OLD, older])
    registry.faults = [page(study(A))]
    answers = fetch(ctgov, [A, OLD, older])
    assert kinds(answers) == {A: "RawTrial", B: "RawTrial", OLD: "Redirected", older: "Redirected"}
    assert registry.paths() == [LIST, f"{LIST}/{OLD}", f"{LIST}/{B}", f"{LIST}/{older}", f"{LIST}/{B}"]


@pytest.mark.fault("B17")
def test_another_record_without_a_redirect_is_followed_with_a_notice(
    ctgov: CtgovClient, registry: RegistryServer
) -> None:
    registry.faults = [as_json(study(B))]
    batch = ctgov.one(OLD)
    assert kinds(batch.answers) == {OLD: "Redirected", B: "RawTrial"}
    assert batch.notices == (f"{OLD} was answered with {B}, which does not list it as an alias",)


def test_a_record_nobody_asked_for_is_dropped(ctgov: CtgovClient, registry: RegistryServer) -> None:
    registry.faults = [page(study(A), study(F))]
    (batch,) = ctgov.fetch([A])
    assert kinds(batch.answers) == {A: "RawTrial"}
    assert batch.notices == (f"{F} came although nobody asked for it, and was dropped",)


# -- hostile records

HOSTILE = {
    "c02": '{"x": NaN, ',
    "c02-twice": '{"x": 1, "x": 2, ',
    "c03": '{"x": 9223372036854775808, ',
    "c03-long": '{"x": ' + "9" * 5000 + ", ",
    "c03-float": '{"x": 1e400, ',
    "c04": '{"x": "\\ud800", ',
}


@pytest.mark.fault("C02")
@pytest.mark.fault("C03")
@pytest.mark.fault("C04")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_bad_record_is_kept_with_its_problem_and_the_rest_go_on(
    ctgov: CtgovClient, registry: RegistryServer, name: str
) -> None:
    bad = json.dumps(study(B)).replace("{", HOSTILE[name], 1)
    registry.faults = [page(study(A), bad, study(C))]
    answers = fetch(ctgov, [A, B, C])
    assert kinds(answers) == dict.fromkeys((A, B, C), "RawTrial")
    (spoiled,) = [a for a in answers if isinstance(a, RawTrial) and a.problem]
    assert (spoiled.trial, spoiled.value, spoiled.body) == (B, None, bad.encode())
    assert len(registry.requests) == 1


@pytest.mark.fault("C01")
@pytest.mark.parametrize("depth", [1000, 1_000_000])
def test_a_record_too_deep_is_found_by_halving(ctgov: CtgovClient, registry: RegistryServer, depth: int) -> None:
    deep = '{"nctId": "' + C + '", "x": ' + "[" * depth + "]" * depth + "}"

    def fault(request: Request) -> Fault:
        return spoil(deep, registry.answer(request)) if C in request.ids else None

    registry.faults = fault
    answers = fetch(ctgov, IDS)
    assert kinds(answers) == dict.fromkeys(IDS, "RawTrial")
    (spoiled,) = [a for a in answers if isinstance(a, RawTrial) and a.problem]
    assert (spoiled.trial, spoiled.problem) == (C, "nested too deep")
    assert deep.encode() in spoiled.body


@pytest.mark.fault("A20")
@pytest.mark.parametrize(
    "body", [b"{", b"\xff", "{}".encode("utf-16"), b"[]", b'{"x": NaN}', b"{}", b'{"protocolSection": 7}']
)
def test_one_record_that_cannot_be_decoded_is_kept_under_its_id(
    ctgov: CtgovClient, registry: RegistryServer, body: bytes
) -> None:
    registry.faults = [Reply(200, body, "application/json")]
    (answer,) = ctgov.one(A).answers
    assert isinstance(answer, RawTrial)
    assert (answer.trial, answer.value, answer.body) == (A, None, body)
    assert answer.problem


@pytest.mark.fault("B10")
@pytest.mark.parametrize("name", [None, 7, "NCT1", "nct00000001", "", ["NCT00000001"]])
def test_a_record_without_a_proper_id_is_a_problem_and_its_id_is_asked_for_alone(
    ctgov: CtgovClient, registry: RegistryServer, name: object
) -> None:
    nameless = study(A)
    nameless["protocolSection"]["identificationModule"]["nctId"] = name
    registry.faults = [page(nameless, study(B))]
    answers = fetch(ctgov, [A, B])
    assert set(records(answers)) == {"", A, B}
    (spoiled,) = [a for a in answers if isinstance(a, RawTrial) and a.problem]
    assert json.loads(spoiled.body) == nameless
