"""When the client asks again, waits, follows, or gives up; and what it tells the gate."""

from __future__ import annotations

import inspect
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import ModuleType

import httpcore
import httpx
import pytest

from tests.support.registry.embedded_registry import Act, RegistryServer, Reply, as_json, says
from tests.support.registry.fake_hosts import NOW, PATIENT, FakeClock, FakeRateLimiter
from tracker.errors import (
    DamagedAnswer,
    NotBefore,
    NotThere,
    Refused,
    RegistryError,
    ServerTrouble,
    TooLarge,
    Unreachable,
)
from tracker.http.http_errors import FOREIGN, translate
from tracker.http.outbound import Outbound
from tracker.http.polite_client import PoliteClient
from tracker.http.response_body import one_sentence, retry_after

HOUR = timedelta(hours=1)


def fails(http: PoliteClient, registry: RegistryServer, *replies: Reply | Act) -> RegistryError:
    registry.faults = list(replies)
    with pytest.raises(RegistryError) as caught:
        http.get(f"{registry.url}/api/v2/version")
    return caught.value


def wait(status: int, value: str) -> Reply:
    return Reply(status, headers={"Retry-After": value})


def last(rate_limiter: FakeRateLimiter) -> tuple[bool, datetime | None]:
    return rate_limiter.left[-1]


# -- one boundary for the errors of others


def exceptions(library: ModuleType) -> list[type[Exception]]:
    return [c for _, c in inspect.getmembers(library, inspect.isclass) if issubclass(c, Exception)]


@pytest.mark.parametrize(
    "foreign", exceptions(httpx) + exceptions(httpcore), ids=lambda c: f"{c.__module__}.{c.__name__}"
)
def test_every_error_of_the_libraries_is_told_in_ours(foreign: type[Exception]) -> None:
    assert issubclass(foreign, FOREIGN)
    ours = translate(foreign.__new__(foreign), "host", answering=False)
    assert (ours.subject, type(ours)) != ("host", RegistryError)
    assert "host" in ours.message


def test_a_wrong_address_is_refused(http: PoliteClient) -> None:
    for address in ("http://a:b/", "ftp://localhost/", "http://a\x00b/", "localhost"):
        with pytest.raises(Refused):
            http.get(address)
    assert http.requests == 0


# -- asking again


@pytest.mark.fault("A13")
def test_every_third_request_fails_and_all_are_answered(http: PoliteClient, registry: RegistryServer) -> None:
    registry.faults = lambda request: Reply(500) if request.number % 3 == 0 else None
    for _ in range(12):
        http.get(f"{registry.url}/api/v2/version", expect="json")
    assert http.requests == len(registry.requests) <= 24


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_in_trouble_is_asked_three_times(
    http: PoliteClient, registry: RegistryServer, clock: FakeClock, rate_limiter: FakeRateLimiter, status: int
) -> None:
    error = fails(http, registry, *[Reply(status)] * 3)
    assert isinstance(error, ServerTrouble)
    assert error.status == status
    assert error.url == f"{registry.url}/api/v2/version"
    assert clock.pauses == [0.5, 2.0]
    assert rate_limiter.left == [(True, None)] * 3


def test_the_gate_is_left_whatever_happens(rate_limiter: FakeRateLimiter, clock: FakeClock) -> None:
    class Interrupted(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise KeyboardInterrupt

    http = PoliteClient(rate_limiter, clock, user_agent="tests/1", transport=Interrupted())
    with pytest.raises(KeyboardInterrupt):
        http.get("http://localhost/")
    assert rate_limiter.left == [(True, None)]


# -- Retry-After (A10, A11)


@pytest.mark.fault("A10")
@pytest.mark.parametrize("status", [429, 503])
def test_a_long_wait_is_the_gates_and_nobody_asks_before(
    http: PoliteClient, registry: RegistryServer, rate_limiter: FakeRateLimiter, clock: FakeClock, status: int
) -> None:
    error = fails(http, registry, wait(status, "120"))
    assert isinstance(error, NotBefore)
    assert error.until == NOW + timedelta(seconds=120)
    assert last(rate_limiter) == (True, error.until)
    assert clock.pauses == []
    clock.advance(timedelta(seconds=119))
    assert isinstance(fails(http, registry), NotBefore)
    assert len(registry.requests) == 1
    clock.advance(timedelta(seconds=1))
    assert http.get(f"{registry.url}/api/v2/version").status == 200


@pytest.mark.fault("A11")
@pytest.mark.parametrize("status", [429, 503])
def test_a_short_wait_is_slept(
    http: PoliteClient, registry: RegistryServer, rate_limiter: FakeRateLimiter, clock: FakeClock, status: int
) -> None:
    registry.faults = [wait(status, "7")]
    assert http.get(f"{registry.url}/api/v2/version").status == 200
    assert clock.pauses == [7.0]
    assert rate_limiter.left == [(True, None), (False, None)]


@pytest.mark.fault("A11")
def test_short_waits_without_end_become_the_gates(
    http: PoliteClient, registry: RegistryServer, rate_limiter: FakeRateLimiter, clock: FakeClock
) -> None:
    error = fails(http, registry, *[wait(429, "7")] * 3)
    assert isinstance(error, NotBefore)
    assert last(rate_limiter) == (True, NOW + timedelta(seconds=21))


@pytest.mark.fault("A11")
def test_a_date_is_honoured(http: PoliteClient, registry: RegistryServer) -> None:
    error = fails(http, registry, wait(503, format_datetime(NOW + HOUR, usegmt=True)))
    assert isinstance(error, NotBefore)
    assert error.until == NOW + HOUR


PAST = format_datetime(NOW - HOUR, usegmt=True)


@pytest.mark.fault("A11")
@pytest.mark.parametrize("value", ["-5", "0", "abc", "", PAST, "Sun, 99 Nov 2026", "１２０", "nan", "Infinity", "0x10"])
def test_past_negative_and_garbage_leave_our_own_backoff(
    http: PoliteClient, registry: RegistryServer, clock: FakeClock, rate_limiter: FakeRateLimiter, value: str
) -> None:
    assert retry_after(value, NOW, HOUR) is None
    encoded = value.encode().decode("latin-1")
    assert isinstance(fails(http, registry, *[wait(503, encoded)] * 3), ServerTrouble)
    assert clock.pauses == [0.5, 2.0]
    error = fails(http, registry, wait(429, encoded))
    assert isinstance(error, NotBefore)
    assert error.until == clock.now() + timedelta(seconds=60)
    assert last(rate_limiter) == (True, error.until)


@pytest.mark.fault("A11")
@pytest.mark.parametrize("value", ["1e9", "1000000000", "9" * 5000, "1e999", "Fri, 01 Jan 9999 00:00:00 GMT"])
def test_a_huge_wait_is_capped(http: PoliteClient, registry: RegistryServer, value: str) -> None:
    error = fails(http, registry, wait(429, value))
    assert isinstance(error, NotBefore)
    assert error.until == NOW + 6 * HOUR


def test_retry_after_dates_without_a_zone_are_utc() -> None:
    assert retry_after("Sun, 22 Nov 2026 17:30:00 -0000", NOW, HOUR) == datetime(2026, 11, 22, 17, 30, tzinfo=UTC)


# -- a plain no


@pytest.mark.fault("A14")
def test_a_ban_is_not_asked_again_for_an_hour(
    http: PoliteClient, registry: RegistryServer, rate_limiter: FakeRateLimiter, clock: FakeClock
) -> None:
    error = fails(http, registry, Reply(403, b"<html>are you a robot?</html>", "text/html"))
    assert isinstance(error, Refused)
    assert "robot" not in error.message
    assert last(rate_limiter) == (True, NOW + HOUR)
    clock.advance(timedelta(minutes=59))
    assert isinstance(fails(http, registry), NotBefore)
    assert len(registry.requests) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_not_there_is_no_trouble_of_the_host(
    http: PoliteClient, registry: RegistryServer, rate_limiter: FakeRateLimiter, status: int
) -> None:
    error = fails(http, registry, Reply(status))
    assert isinstance(error, NotThere)
    assert error.status == status
    assert rate_limiter.left == [(False, None)]


def test_a_refusal_carries_the_registrys_own_sentence_made_harmless(
    http: PoliteClient, registry: RegistryServer, rate_limiter: FakeRateLimiter
) -> None:
    said = "`x` is\x1b[2J unknown\r\n \u202eparameter ".encode() + b"y" * 100_000
    error = fails(http, registry, Reply(400, said[:50_000]))
    assert isinstance(error, Refused)
    assert error.status == 400
    assert "`x` is [2J unknown parameter yyy" in error.message
    assert len(error.message) < 300
    assert rate_limiter.left == [(False, None)]
    assert "gave no reason" in fails(http, registry, Reply(400, said)).message


def test_one_sentence_is_one_short_line() -> None:
    assert one_sentence(b"\xff a\n\tb" + b"c" * 10_000, 8) == "\ufffd a bccc"


@pytest.mark.parametrize("status", [204, 206, 304, 300])
def test_other_statuses_are_damage(http: PoliteClient, registry: RegistryServer, status: int) -> None:
    assert isinstance(fails(http, registry, *[says(b"HTTP/1.1 %d X\r\n\r\n" % status)] * 3), DamagedAnswer)


@pytest.mark.fault("A19")
@pytest.mark.parametrize(
    ("expect", "kind"),
    [("json", "text/html"), ("json", ""), ("json", "application/jsonp"), ("html", "application/json")],
)
def test_another_kind_of_content_is_damage(
    http: PoliteClient, registry: RegistryServer, expect: str, kind: str
) -> None:
    registry.faults = [Reply(200, b"{}", kind)] * 3
    with pytest.raises(DamagedAnswer, match="was asked for"):
        http.get(registry.url, expect=expect)  # type: ignore[arg-type]


@pytest.mark.fault("A20")
def test_text_is_decoded_as_declared_or_refused(http: PoliteClient, registry: RegistryServer) -> None:
    def text(body: bytes, kind: str) -> str:
        registry.faults = [Reply(200, body, kind)]
        return http.get(registry.url).text()

    assert text("\ufeffé".encode(), "text/html") == "é"
    assert text(b"\xe9", "text/html; charset=ISO-8859-1") == "é"
    for body, kind in [
        (b"\xe9", "text/html; charset=utf-8"),
        (b"a", "text/html;charset=utf-16"),
        (b"\xe9", "text/html"),
    ]:
        with pytest.raises(DamagedAnswer):
            text(body, kind)


# -- redirects


def to(location: str, status: int = 301) -> Reply:
    return Reply(status, headers={"Location": location})


@pytest.mark.fault("A15")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_host_is_followed_and_remembered(
    http: PoliteClient, registry: RegistryServer, status: int
) -> None:
    registry.faults = [to("/api/v2/version", status)]
    answer = http.get(f"{registry.url}/old", params={"a": "b"})
    assert answer.url == f"{registry.url}/api/v2/version"
    assert answer.history == (f"{registry.url}/old?a=b",)


@pytest.mark.fault("A15")
def test_redirects_elsewhere_are_refused_and_never_asked(
    http: PoliteClient, registry: RegistryServer, rate_limiter: FakeRateLimiter
) -> None:
    port = registry.netloc.rpartition(":")[2]
    with RegistryServer() as other:
        elsewhere = [
            other.url,
            f"//{other.netloc}/x",
            f"http://localhost:{port}/",
            f"http://user:word@{registry.netloc}/",
            f"http://{registry.netloc}@{other.netloc}/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "http://[",
            "",
        ]
        for location in elsewhere:
            error = fails(http, registry, to(location))
            assert isinstance(error, Refused), location
        assert len(registry.requests) == len(elsewhere)
        assert other.connections == 0
    assert set(rate_limiter.entered) == {registry.netloc}


@pytest.mark.fault("A15")
def test_a_chain_of_five_is_followed_and_a_longer_one_is_not(http: PoliteClient, registry: RegistryServer) -> None:
    registry.faults = [to(f"/{n}") for n in range(5)]
    assert len(http.get(registry.url).history) == 5
    registry.faults = [to(f"/{n}") for n in range(50)]
    with pytest.raises(Refused, match="more than 5"):
        http.get(registry.url)
    assert http.requests == 12


# -- what never leaves, what is never read


def test_no_credentials_are_sent(http: PoliteClient, registry: RegistryServer) -> None:
    registry.faults = [Reply(302, headers={"Location": "/api/v2/version"}), as_json({})]
    http.get(registry.url)
    http.get(registry.url)
    assert len(registry.requests) == 3
    for request in registry.requests:
        assert not {"authorization", "proxy-authorization", "referer"} & set(request.headers)
        assert request.headers["user-agent"] == "tests/1"
        assert request.headers["accept-encoding"] == "gzip"


ASK = """
import sys
from tests.support.registry.fake_hosts import FakeClock, FakeRateLimiter
from tracker.http.polite_client import PoliteClient
clock = FakeClock()
print(PoliteClient(FakeRateLimiter(clock.now), clock, user_agent="tests/1").get(sys.argv[1]).status)
"""


@pytest.mark.fault("A21")
def test_proxies_and_netrc_of_the_environment_are_ignored(registry: RegistryServer, tmp_path: Path) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n", encoding="ascii")
    with RegistryServer() as proxy:
        names = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")
        environment = {**os.environ, **dict.fromkeys(names, proxy.url), "NETRC": str(netrc), "HOME": str(tmp_path)}
        environment |= {"NO_PROXY": "", "no_proxy": ""}
        done = subprocess.run(
            [sys.executable, "-c", ASK, f"{registry.url}/api/v2/version"],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.strip() == "200"
        assert proxy.connections == 0
    assert "authorization" not in registry.requests[0].headers


@pytest.mark.fault("A21")
def test_a_proxy_that_is_given_is_used(
    registry: RegistryServer, rate_limiter: FakeRateLimiter, clock: FakeClock
) -> None:
    with RegistryServer(faults=[as_json({"from": "proxy"})]) as proxy:
        http = PoliteClient(
            rate_limiter, clock, user_agent="tests/1", limits=PATIENT, outbound=Outbound(proxy=proxy.url)
        )
        assert http.get("http://registry.invalid/api/v2/version", expect="json").body == b'{"from":"proxy"}'
        http.close()
        assert proxy.requests[0].target == "http://registry.invalid/api/v2/version"


# -- hosts that are not there


@pytest.mark.fault("A16")
def test_a_name_that_does_not_exist_is_named() -> None:
    # In a process of its own: the tests themselves may look no name up.
    done = subprocess.run([sys.executable, "-c", ASK, "http://registry.invalid/"], capture_output=True, text=True)
    assert "Unreachable: the name registry.invalid cannot be resolved" in done.stderr


@pytest.mark.fault("A16")
def test_a_refused_connection_is_told_apart(http: PoliteClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match="refused the connection"):
        http.get(f"http://127.0.0.1:{port}/")


def test_an_answer_over_the_cap_is_too_large_whatever_it_is(
    registry: RegistryServer, rate_limiter: FakeRateLimiter, clock: FakeClock
) -> None:
    registry.faults = [Reply(200, b"x" * 10)] * 2
    for limit, problem in ((9, TooLarge), (10, None)):
        http = PoliteClient(rate_limiter, clock, user_agent="tests/1", limits=type(PATIENT)(body=limit))
        if problem is None:
            assert http.get(registry.url).body == b"x" * 10
        else:
            with pytest.raises(problem):
                http.get(registry.url)
        http.close()
