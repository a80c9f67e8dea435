"""Receivers that lie: whatever one answers, its message stays and arrives, under its key, and no other waits for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.channels.alert_harness import AlertHarness, alert_world, rule, webhook
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE, TWO

OK = b"HTTP/1.1 200 OK\r\n"
Answer = int | tuple[int, dict[str, str]] | Callable[[Any], None]


def raw(text: bytes) -> Callable[[Any], None]:
    """These bytes, and the end of the connection."""

    def answer(handler: Any) -> None:
        handler.close_connection = True
        handler.connection.sendall(text)

    return answer


FAR = {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}
NOT_TAKEN: list[Answer] = [
    *(raw(b""), raw(b"HTTP/1.1 100 Continue\r\n\r\n"), raw(b"HTTP/1.1 102 X\r\n\r\n" * 50), raw(b"HTTP/1.1 200")),
    *(raw(b"200 OK\r\n\r\n"), raw(b"ok"), raw(b"HTTP/1.1 2000 OK\r\n\r\n"), raw(b"HTTP/1.1 2OO OK\r\n\r\n")),
    *(raw(b"\x16\x03\x01"), raw(b"SSH-2.0-x\r\n"), (301, {"Location": "/taken"}), 304, 401, 404, 500, 599, (503, FAR)),
    *((308, {"Location": "http://127.0.0.1:9/"}), (413, {"Retry-After": "1"}), (429, {"Retry-After": "9" * 400})),
    *((503, {"Retry-After": "-1"}), (407, {"Proxy-Authenticate": "Basic"}), (401, {"WWW-Authenticate": "Basic"})),
]
TAKEN: list[Answer] = [
    *(299, (200, {"Location": "http://127.0.0.1:9/"}), (200, {"Retry-After": "999999"}), (204, {"Upgrade": "h2c"})),
    *(raw(OK + b"Content-Length: 999\r\n\r\nx"), raw(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")),
    *(
        raw(OK + b"Content-Encoding: gzip\r\n\r\nno gzip"),
        raw(OK + b"\r\n" + b"{" * 200_000),
        raw(OK + b"\r\n\x00\xff"),
    ),
]


@pytest.mark.fault("R-G14")
@pytest.mark.parametrize(("answers", "times"), [(NOT_TAKEN, 2), (TAKEN, 1)], ids=["not taken", "taken"])
def test_no_lying_receiver_loses_or_doubles_a_message(tmp_path: Path, answers: list[Answer], times: int) -> None:
    found = []
    with Sink() as sink, Sink() as honest, alert_world(tmp_path, told_to(sink, honest)) as harness:
        for number, lie in enumerate(answers):
            sink.answers, before = [lie, 204], len(sink.hooks)
            harness.change((ONE, TWO)[number % 2], ("COMPLETED", "SUSPENDED", "RECRUITING")[number % 3])
            harness.deliver()
            if len(honest.hooks) != number + 1:
                found.append((number, "the honest one waited"))
            carried_on(harness)
            mine = sink.hooks[before:]
            if len(mine) != times or len({(hook.key, hook.body) for hook in mine}) != 1:
                found.append((number, f"came {len(mine)} times"))
        assert found == []
        assert {it.state for it in harness.messages()} == {"sent"}
        assert len(set(sink.keys)) == len(answers)


def told_to(sink: Sink, honest: Sink) -> str:
    return webhook(sink) + webhook(honest, "honest") + rule("team", "honest", on='["status.changed"]')


def carried_on(harness: AlertHarness) -> None:
    """The two days in which whatever was put off is tried again."""
    for hours in (1, 24, 24):
        harness.later(hours=hours)


def test_the_table_is_large() -> None:
    assert len(NOT_TAKEN) + len(TAKEN) >= 24
