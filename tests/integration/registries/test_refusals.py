"""Why a registry did not answer: its firewall, too many requests, a bad question, or an outage. And what helps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.registries.conftest import IDS
from tests.support.registry.embedded_registry import RegistryServer, Reply
from tests.support.registry.fake_hosts import PATIENT, FakeClock, FakeRateLimiter
from tests.support.registry.refusing_edge import FORBIDDEN, Edge
from tracker.errors import Blocked, DamagedAnswer, NotBefore, Refused, RegistryError, ServerTrouble
from tracker.http.cookies import MOST_COOKIES
from tracker.http.polite_client import Exchange, PoliteClient
from tracker.http.user_agent import registry_user_agent
from tracker.registries.ctgov.client import CtgovClient
from tracker.registries.ctgov.history import HistoryClient

HTML = "text/html"


def asked(http: PoliteClient, registry: RegistryServer, reply: Reply) -> RegistryError:
    registry.faults = [reply] * 3
    with pytest.raises(RegistryError) as caught:
        http.get(f"{registry.url}/api/v2/version", expect="json")
    return caught.value


@pytest.mark.fault("R-A2")
@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (FORBIDDEN, Blocked, "the firewall of {host} refused this program or this network, not the question"),
        (Reply(403, b""), Blocked, "firewall"),
        (Reply(406, b"<html>Not Acceptable</html>", HTML), Blocked, "firewall"),
        (Reply(405, b"<html>Human?</html>", f"{HTML}; charset=utf-8"), Blocked, "firewall"),
        (Reply(403, b"This address is banned"), Blocked, "not the question (status 403): This address is banned"),
        (Reply(400, b"Too complicated query"), Refused, "refused the question (status 400): Too complicated query"),
        (Reply(414, b""), Refused, "as too long"),
        (Reply(407, b""), Refused, "the proxy wants a login"),
        (Reply(429, b""), NotBefore, "has had too many requests (status 429)"),
        (Reply(503, b"", headers={"Retry-After": "60"}), NotBefore, "out of order for a while (status 503)"),
        (Reply(502, b"<html>Bad gateway</html>", HTML), ServerTrouble, "out of order (status 502)"),
        (Reply(200, b"<html>Sign in to the library</html>", HTML), DamagedAnswer, "the login page of this network"),
    ],
)
def test_a_refusal_is_explained_by_what_it_is(
    http: PoliteClient, registry: RegistryServer, reply: Reply, kind: type[RegistryError], said: str
) -> None:
    error = asked(http, registry, reply)
    assert type(error) is kind
    assert said.format(host=registry.netloc) in error.message


@pytest.mark.fault("R-A2")
def test_a_firewall_shuts_the_gate_for_an_hour_once(
    http: PoliteClient, registry: RegistryServer, rate_limiter: FakeRateLimiter, clock: FakeClock
) -> None:
    error = asked(http, registry, FORBIDDEN)
    assert len(registry.requests) == 1
    assert rate_limiter.left == [(True, clock.now() + timedelta(hours=1))]
    assert rate_limiter.errors == [error]


@pytest.mark.fault("R-A2")
def test_a_refused_question_says_nothing_of_the_host(
    http: PoliteClient, registry: RegistryServer, rate_limiter: FakeRateLimiter
) -> None:
    asked(http, registry, Reply(400, b"Too complicated query"))
    assert rate_limiter.left == [(False, None)]


def cookies(registry: RegistryServer) -> list[str | None]:
    return [request.headers.get("cookie") for request in registry.requests]


def sets(*pairs: str) -> Reply:
    return Reply(200, b"{}", "application/json", {"Set-Cookie": pairs[0]} if pairs else {})


@pytest.mark.fault("R-A3")
def test_a_cookie_is_kept_for_the_life_of_the_process(http: PoliteClient, registry: RegistryServer) -> None:
    registry.faults = [
        Reply(302, headers={"Location": "/api/v2/version", "Set-Cookie": "ncbi_sid=1; Path=/"}),
        sets("other=2; Path=/api/v2"),
    ]
    http.get(registry.url)
    http.get(f"{registry.url}/api/v2/version")
    http.get(f"{registry.url}/elsewhere")
    assert cookies(registry) == [None, "ncbi_sid=1", "other=2; ncbi_sid=1", "ncbi_sid=1"]


@pytest.mark.fault("R-A3")
def test_a_cookie_goes_back_to_its_own_host_alone(http: PoliteClient, registry: RegistryServer) -> None:
    with RegistryServer(host="127.0.0.2") as other:
        registry.faults = [sets("ncbi_sid=1; Path=/"), sets("wide=1; Path=/; Domain=.0.0.2")]
        http.get(registry.url)
        http.get(registry.url)
        http.get(other.url)
        assert cookies(other) == [None]


@pytest.mark.fault("R-A3")
def test_cookies_never_fill_the_head_of_a_request(http: PoliteClient, registry: RegistryServer) -> None:
    registry.faults = [sets(f"c{number}={'x' * 10}; Path=/") for number in range(3 * MOST_COOKIES)]
    registry.faults.insert(0, sets(f"large={'x' * 5000}; Path=/"))
    for _ in range(3 * MOST_COOKIES + 1):
        http.get(registry.url)
    http.get(registry.url)
    sent = (cookies(registry)[-1] or "").split("; ")
    assert len(sent) == MOST_COOKIES
    assert "large" not in {pair.partition("=")[0] for pair in sent}


@pytest.mark.fault("R-A8")
def test_a_listener_hears_every_exchange(http: PoliteClient, registry: RegistryServer) -> None:
    heard: list[Exchange] = []
    http.listener = heard.append
    registry.faults = [Reply(302, headers={"Location": "/api/v2/version"})]
    http.get(f"{registry.url}/old", expect="json")
    asked(http, registry, FORBIDDEN)
    assert [(it.status, it.url.removeprefix(registry.url)) for it in heard] == [
        (302, "/old"),
        (200, "/api/v2/version"),
        (403, "/api/v2/version"),
    ]
    assert b"dataTimestamp" in heard[1].head
    assert heard[2].head == FORBIDDEN.body
    assert heard[2].headers["content-type"] == "text/html"


@pytest.mark.fault("R-A3")
@pytest.mark.parametrize("cookie_on_api", [True, False])
def test_a_guarded_history_opens_with_the_cookie(
    rate_limiter: FakeRateLimiter, clock: FakeClock, registry: RegistryServer, cookie_on_api: bool
) -> None:
    registry.edge = Edge(cookie_on_api=cookie_on_api)
    http = PoliteClient(rate_limiter, clock, user_agent=registry_user_agent(), limits=PATIENT)
    CtgovClient(http, registry.url).data_timestamp()
    past = HistoryClient(http, registry.url)
    if cookie_on_api:
        assert [it.number for it in past.versions(IDS[0])] == [0]
    else:
        with pytest.raises(Blocked, match="firewall"):
            past.versions(IDS[0])
    assert rate_limiter.left[-1] == (False, None), "a refused history says nothing of the host"
    http.close()
