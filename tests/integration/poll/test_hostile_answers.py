"""Answers that are no answers, each met by a whole poll: nothing is told, nothing is lost, and then comes the news."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tests.support.harness import IDS, ONE, TWO, Harness, json_text
from tests.support.registry.embedded_registry import Act, Reply, hang_up, resets, says
from tracker.http.polite_client import Limits

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BODY = b'{"studies": []}'
HASTY = Limits(connect=2, read=2, total=4, pauses=(0.001, 0.001))

NO_HTTP = [
    *(b"", b"\r\n\r\n", b"\x00" * 100, b"\xff\xfe\xfd", b"SSH-2.0-OpenSSH_9.2\r\n", b"220 mail ESMTP\r\n"),
    *(b"ICY 200 OK\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/1.1\r\n\r\n"),
    *(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 \r\n\r\n", b"HTTP/1.1 2OO OK\r\n\r\n"),
    *(b"HTTP/1.1 -200 OK\r\n\r\n", b"HTTP/1.1 99 X\r\n\r\n", b"HTTP/1.1 1000 X\r\n\r\n"),
    *(b"HTTP/9.9 200 OK\r\n\r\n", b"HTTP/1.1 200 " + b"x" * 200_000, b"HTTP/1.1 200 OK", b"<html>\r\n\r\n" + BODY),
    *(BODY, b"HTTP/1.1 \xb2\xb0\xb0 OK\r\n\r\n", b"HTTP/1.1 200 OK\nHTTP/1.1 500 X\r\n\r\n"),
]
HEADS = [
    *(b"Content-Length: -1", b"Content-Length: abc", b"Content-Length: 1" + b"0" * 400, b"Content-Length: 0x0f"),
    *(b"Content-Length:", b"Content-Length: 15\r\nContent-Length: 3", b"Content-Length: 15, 16"),
    *(b"Content-Length: 99", b"Content-Length: 3", b"Transfer-Encoding: gzip"),
    *(b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding: chunked\r\nContent-Length: 15", b"no colon"),
    *(b" folded: first", b"na me: x", b": no name", b"X: a\x00b", b"X: " + b"y" * 200_000, b"X: y\r\n" * 20_000),
    *(b"Content-Encoding: gzip", b"Content-Encoding: br", b"Content-Encoding: gzip, gzip"),
    *(b"Content-Encoding: \xff", b"Content-Type: text/html", b"Content-Type: application/json; charset=utf-7"),
    *(b"Set-Cookie: \x01=" + b"z" * 9_000,),
]
CHUNKS = [
    *(b"zz\r\n" + BODY, b"-1\r\n" + BODY, b"f" * 17 + b"\r\n" + BODY, b"f\r\n" + BODY, b"f\r\n" + BODY + b"\r\n"),
    *(b"0f", b"f;" + b"e" * 90_000 + b"\r\n" + BODY, b"0x0f\r\n" + BODY + b"\r\n0\r\n\r\n"),
    *(b"5\r\n" + BODY + b"\r\n0\r\n\r\n",),
]
STATUSES = [
    *(100, 101, 102, 103, 199, 204, 205, 206, 226, 299, 300, 304, 305, 400, 401, 402, 403, 404, 405, 406, 407, 408),
    *(409, 410, 413, 414, 418, 421, 422, 425, 429, 431, 451, 500, 501, 502, 503, 504, 505, 507, 511, 599, 600, 999),
]
LEADS = [
    *("", "/", "//", "http://", "ftp://127.0.0.1/", "file:///etc/passwd", "http://127.0.0.2:1/", "\x00"),
    *("x" * 9_000, "/api/v2/version"),
]
BODIES: list[bytes] = [
    *(b"", b"null", b"[]", b"{}", b"true", b"1", b'"x"', b"NaN", b"\x00", b"\xef\xbb\xbf" * 2, b"<html></html>"),
    *(b"{" * 100_000, b'{"studies": {}}', b'{"studies": [null]}', b'{"studies": [[]]}', b'{"studies": [{}]}'),
    *(b'{"studies": 1e999}', BODY, b'{"studies": [], "studies": [{}]}', b'{"studies": [' + b"1" * 5_000 + b"]}"),
    *(b'{"studies": ["\xe9"]}', BODY.decode().encode("utf-16"), b'{"studies": [], "nextPageToken": "t0"}'),
    *(b'{"studies": [], "totalCount": 99999999999}', b'{"dataTimestamp": null}', b'{"apiVersion": "2.0.5"}'),
    *(b'{"error": "down"}', b'{"studies": [{"protocolSection": 7}]}'),
]

Answer = Reply | Act
KINDS: dict[str, list[Answer]] = {
    "no HTTP": [*map(says, NO_HTTP), hang_up, resets(), resets(OK)],
    "heads": [says(OK + head + b"\r\n\r\n" + BODY) for head in HEADS],
    "chunks": [says(OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunk) for chunk in CHUNKS],
    "statuses": [Reply(status, b"<p>\x1b[2Jno</p>", headers={"Retry-After": "-1"}) for status in STATUSES],
    "leads": [Reply(302, headers={"Location": place}) for place in LEADS],
    "bodies": [json_text(body) for body in BODIES],
}


def told_of_trials(harness: Harness) -> list[tuple[str, str]]:
    return [(event.trial, event.kind) for event in harness.news() if event.trial and not event.kind.startswith("ops.")]


def lived_through(harness: Harness, answer: Answer, place: str, day: int) -> list[tuple[str, str]]:
    """A day on which this is all the registry says at `place`; then a good one. What was told on both."""
    harness.day()
    harness.status(TWO)["overallStatus"] = ("COMPLETED", "SUSPENDED")[day % 2]
    harness.registry.faults = lambda request: answer if place in request.path else None
    harness.poll()
    told = told_of_trials(harness)
    harness.registry.faults = []
    harness.day(2)
    harness.poll()
    return told + told_of_trials(harness)


def wrong_answers(harness: Harness, answers: Iterable[Answer], place: str) -> list[Any]:
    """The answers, by number, after which something else was told than the one edit, or a watch was lost."""
    found = []
    for number, answer in enumerate(answers):
        told = lived_through(harness, answer, place, number)
        if told != [(TWO, "status.changed")] or harness.watched() != IDS:
            found.append((number, told))
    return found


@pytest.mark.fault("R-G12")
@pytest.mark.parametrize("place", ["/version", "/studies"])
@pytest.mark.parametrize("kind", [pytest.param(it, marks=pytest.mark.long) if it == "statuses" else it for it in KINDS])
def test_no_hostile_answer_tells_or_loses_anything(make_world: Any, sqlite_url: str, kind: str, place: str) -> None:
    harness = make_world(sqlite_url, HASTY)
    harness.settled()
    assert wrong_answers(harness, KINDS[kind], place) == []


def test_the_table_is_large() -> None:
    assert sum(map(len, KINDS.values())) >= 81


STAMPS = [
    *(None, "", 0, 1.7e9, [], {}, True, "yesterday", "2026-13-01T09:00:05", "2026-02-30T09:00:05"),
    *("2026-08-15T24:00:05", "1970-01-01T00:00:00", "0000-00-00", "0001-01-01T00:00:00", "9999-12-31T23:59:59"),
    *("99999-01-01T00:00:00", "2206-08-14T09:00:05", "２０２６-08-15T09:00:05", "2026-08-15T09:00:05+14:00"),
    *("-2026-08-15T09:00:05", "2026-08-15T09:00:05\x00", "\u202e2026-08-15", "2" * 5_000, "2026-08-15"),
]
PLACES = ["data", "record", "submitted", "posted"]


def lie(harness: Harness, place: str, stamp: Any) -> None:
    if place == "data":
        harness.registry.data_timestamp = stamp
    elif place == "record":
        harness.registry.studies[TWO]["derivedSection"]["miscInfoModule"]["versionHolder"] = stamp
    elif place == "submitted":
        harness.status(TWO)["lastUpdateSubmitDate"] = stamp
    else:
        harness.status(TWO)["lastUpdatePostDateStruct"] = {"date": stamp, "type": "ACTUAL"}


@pytest.mark.fault("R-G13")
@pytest.mark.parametrize("place", PLACES)
def test_no_lying_timestamp_hides_or_doubles_a_change(harness: Harness, place: str) -> None:
    """The edits of the day of the lie are told once each: that day, or when the lie is over."""
    harness.settled()
    found = []
    for number, stamp in enumerate(STAMPS):
        told = lied(harness, place, stamp, ("COMPLETED", "RECRUITING")[number % 2])
        if sorted(told) != [(ONE, "status.changed"), (TWO, "status.changed")]:
            found.append((stamp, told))
    assert found == []


def lied(harness: Harness, place: str, stamp: Any, status: str) -> list[tuple[str, str]]:
    """Two trials have another status; the first of three data sets lies. What is told of statuses."""
    true = dict(harness.status(TWO))
    told = []
    for day in range(3):
        harness.day()
        harness.status(ONE)["overallStatus"] = status
        harness.status(TWO).update(true, overallStatus=status)
        if day == 0:
            lie(harness, place, stamp)
        harness.poll()
        told += [it for it in told_of_trials(harness) if it[1] == "status.changed"]
    return told
