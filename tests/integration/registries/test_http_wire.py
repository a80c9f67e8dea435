"""What can go wrong on the wire, against real sockets. Names carry the fault's id."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zlib

import pytest

from tests.support.registry.embedded_registry import (
    Act,
    RegistryServer,
    Reply,
    as_json,
    endless,
    gzipped,
    hang_up,
    resets,
    says,
    silent,
)
from tests.support.registry.fake_hosts import SHORT_READ, SHORT_TOTAL, FakeClock, FakeRateLimiter
from tracker.errors import DamagedAnswer, RegistryError, TooLarge, Unreachable
from tracker.http.polite_client import Expect, PoliteClient

GOOD = b'{"apiVersion": "2.0.5"}'
PAGE = b"<html><body>" + b"<p>text</p>" * 200 + b"</body></html>"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def fails(http: PoliteClient, registry: RegistryServer, fault: Reply | Act, expect: Expect = "any") -> RegistryError:
    """The error that three requests in a row, each answered like this, end in."""
    registry.faults = [fault] * 3
    with pytest.raises(RegistryError) as caught:
        http.get(f"{registry.url}/api/v2/version", expect=expect)
    assert caught.value.subject == registry.netloc
    return caught.value


def recovers(http: PoliteClient, registry: RegistryServer, fault: Act) -> None:
    """One such answer costs one more request and nothing else."""
    registry.faults = [fault]
    assert http.get(f"{registry.url}/api/v2/version").status == 200
    assert len(registry.requests) == 2


def test_a_good_answer_is_whole_plain_or_packed(http: PoliteClient, registry: RegistryServer) -> None:
    registry.faults = [as_json({"a": 1}), gzipped(gzip.compress(GOOD))]
    assert http.get(registry.url, expect="json").body == b'{"a":1}'
    assert http.get(registry.url, expect="json").body == GOOD
    assert (http.requests, registry.connections) == (2, 1)


@pytest.mark.fault("A01")
def test_closed_in_the_middle_of_the_body(http: PoliteClient, registry: RegistryServer) -> None:
    cut = says(HEAD + b"Content-Length: 1000\r\n\r\n{")
    recovers(http, registry, cut)
    error = fails(http, registry, cut)
    assert isinstance(error, DamagedAnswer)
    assert "broke off in the middle" in error.message


@pytest.mark.fault("A02")
@pytest.mark.parametrize(("body", "kind"), [(GOOD * 50, "application/json"), (PAGE, "text/html")])
def test_gzip_cut_short_though_the_length_fits(
    http: PoliteClient, registry: RegistryServer, body: bytes, kind: str
) -> None:
    error = fails(http, registry, gzipped(gzip.compress(body)[:-20], kind))
    assert isinstance(error, DamagedAnswer)
    assert "cut its gzip stream short" in error.message


@pytest.mark.fault("A02")
@pytest.mark.parametrize("missing", [1, 8])
def test_a_missing_checksum_counts_as_cut(http: PoliteClient, registry: RegistryServer, missing: int) -> None:
    assert isinstance(fails(http, registry, gzipped(gzip.compress(GOOD)[:-missing])), DamagedAnswer)


@pytest.mark.fault("A02")
def test_a_wrong_checksum_is_noticed(http: PoliteClient, registry: RegistryServer) -> None:
    packed = bytearray(gzip.compress(GOOD))
    packed[-6] ^= 1
    assert "broken gzip" in fails(http, registry, gzipped(bytes(packed))).message


@pytest.mark.fault("A03")
def test_both_gzip_members_are_read(http: PoliteClient, registry: RegistryServer) -> None:
    registry.faults = [gzipped(gzip.compress(b'{"a":') + gzip.compress(b"1}"))]
    assert http.get(registry.url, expect="json").body == b'{"a":1}'


@pytest.mark.fault("A03")
@pytest.mark.parametrize("rest", [b"\0\0\0", b"trailing", gzip.compress(b"x", mtime=0)[:-4]])
def test_what_is_no_member_is_refused(http: PoliteClient, registry: RegistryServer, rest: bytes) -> None:
    assert isinstance(fails(http, registry, gzipped(gzip.compress(GOOD) + rest)), DamagedAnswer)


@pytest.mark.fault("A04")
def test_chunks_without_the_last_one(http: PoliteClient, registry: RegistryServer) -> None:
    cut = says(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
    recovers(http, registry, cut)
    assert isinstance(fails(http, registry, cut), DamagedAnswer)


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(1, wbits=31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


@pytest.mark.fault("A05")
def test_a_bomb_is_refused_at_the_cap_and_not_asked_for_again(http: PoliteClient, registry: RegistryServer) -> None:
    error = fails(http, registry, gzipped(bomb(100)))
    assert isinstance(error, TooLarge)
    assert "67,108,864" in error.message
    assert len(registry.requests) == 1
    registry.faults = []
    assert http.get(f"{registry.url}/api/v2/version").status == 200


MEASURE = """
import resource, sys
from schedules.clock import SystemClock
from tests.support.registry.fake_hosts import NOW, FakeRateLimiter
from tracker.errors import TooLarge
from tracker.http.polite_client import PoliteClient
http = PoliteClient(FakeRateLimiter(lambda: NOW), SystemClock(), user_agent="tests/1")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    http.get(sys.argv[1])
except TooLarge:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.fault("A05")
@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_a_bomb_costs_less_than_150_mb(registry: RegistryServer) -> None:
    registry.faults = [gzipped(bomb(400))]
    done = subprocess.run([sys.executable, "-c", MEASURE, registry.url], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 150_000


@pytest.mark.fault("A05")
@pytest.mark.parametrize("coding", ["br", "deflate", "zstd", "gzip, gzip", "x-unheard-of"])
def test_only_one_gzip_is_undone(http: PoliteClient, registry: RegistryServer, coding: str) -> None:
    packed = gzip.compress(gzip.compress(GOOD))
    error = fails(http, registry, Reply(200, packed, "application/json", {"Content-Encoding": coding}))
    assert isinstance(error, DamagedAnswer)
    assert coding in error.message


@pytest.mark.fault("A05")
def test_an_announced_giant_is_not_read(http: PoliteClient, registry: RegistryServer) -> None:
    error = fails(http, registry, endless(HEAD + b"Content-Length: 99999999999\r\n\r\n", b"x" * 1000, 0.01))
    assert isinstance(error, TooLarge)
    assert len(registry.requests) == 1


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.fault("A06")
@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
        (HEAD + CHUNKED, b"1\r\nx\r\n"),
        (HEAD + CHUNKED + b"1", b"0"),
        (HEAD + b"X-Long: ", b"x"),
        (b"HTTP/1.1 ", b"1"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "chunks", "chunk-size", "header", "status-line", "continue"],
)
def test_slow_bytes_end_with_the_total_time(
    rate_limiter: FakeRateLimiter, clock: FakeClock, registry: RegistryServer, head: bytes, piece: bytes
) -> None:
    http = PoliteClient(rate_limiter, clock, user_agent="tests/1", limits=SHORT_TOTAL)
    error = fails(http, registry, endless(head, piece, 0.05))
    http.close()
    assert isinstance(error, Unreachable)
    assert "longer than a request may take" in error.message


@pytest.mark.fault("A07")
@pytest.mark.parametrize(
    "headers",
    [b"X-Fill: " + b"x" * 10_000_000, b"Set-Cookie: a=1\r\n" * 10_000, b"a:\r\n" * 10_000],
    ids=["ten-megabytes", "ten-thousand-cookies", "ten-thousand-short-ones"],
)
def test_too_many_headers_are_refused_at_once(http: PoliteClient, registry: RegistryServer, headers: bytes) -> None:
    error = fails(http, registry, says(HEAD + headers + b"\r\nContent-Length: 2\r\n\r\n{}"))
    assert isinstance(error, TooLarge)
    assert len(registry.requests) == 1


@pytest.mark.fault("A07")
def test_headers_that_never_end(http: PoliteClient, registry: RegistryServer) -> None:
    error = fails(http, registry, endless(HEAD, b"X-More: " + b"x" * 5000 + b"\r\n", 0.001))
    assert isinstance(error, TooLarge)


@pytest.mark.fault("A08")
def test_silence_ends_with_the_read_timeout(
    registry: RegistryServer, clock: FakeClock, rate_limiter: FakeRateLimiter
) -> None:
    http = PoliteClient(rate_limiter, clock, user_agent="tests/1", limits=SHORT_READ)
    error = fails(http, registry, silent)
    http.close()
    assert isinstance(error, Unreachable)
    assert "did not answer in time" in error.message
    assert clock.pauses == [0.5, 2.0]
    assert rate_limiter.left == [(True, None)] * 3


@pytest.mark.fault("A09")
def test_reset_on_accept(http: PoliteClient, registry: RegistryServer) -> None:
    registry.on_accept = [resets()]
    assert http.get(f"{registry.url}/api/v2/version").status == 200
    assert registry.connections == 2


@pytest.mark.fault("A09")
@pytest.mark.parametrize(
    "act",
    [resets(), hang_up, resets(HEAD), resets(HEAD + b"Content-Length: 9\r\n\r\n{")],
    ids=["after-request", "closed-after-request", "mid-headers", "mid-body"],
)
def test_reset_later(http: PoliteClient, registry: RegistryServer, act: Act) -> None:
    recovers(http, registry, act)
    assert isinstance(fails(http, registry, act), Unreachable | DamagedAnswer)


@pytest.mark.parametrize(
    "noise", [b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", HEAD + b"\x00: \x01\r\n\r\n"]
)
def test_what_is_not_http_is_damage(http: PoliteClient, registry: RegistryServer, noise: bytes) -> None:
    error = fails(http, registry, says(noise))
    assert isinstance(error, DamagedAnswer)
    assert "does not speak proper HTTP" in error.message


def test_a_page_ended_only_by_closing_must_show_its_own_end(http: PoliteClient, registry: RegistryServer) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    registry.faults = [says(head + PAGE)]
    assert http.get(registry.url, expect="html").body == PAGE
    error = fails(http, registry, says(head + PAGE[:-40]), expect="html")
    assert "without an end" in error.message
