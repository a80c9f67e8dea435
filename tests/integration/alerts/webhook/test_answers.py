"""What a receiver may answer, and what becomes of the message: over real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from tests.support.channels.webhook_factories import NOW, attempt, channel, delivery, sending_to
from tests.support.channels.webhook_sink import Sink
from tracker.errors import ChannelClosed, NotDelivered

DAY = timedelta(days=1)
HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.fault("D12")
@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 226, 299])
def test_every_2xx_is_success(status: int) -> None:
    with Sink(answers=[status]) as sink:
        assert attempt(sending_to(sink)) == status


@pytest.mark.fault("D04")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_nobody_is_asked_where_it_leads(status: int) -> None:
    with Sink() as elsewhere, Sink(answers=[(status, {"Location": elsewhere.url})]) as sink:
        with pytest.raises(NotDelivered, match=f"answered {status}; redirects are not followed") as caught:
            attempt(sending_to(sink))
        assert (caught.value.status, caught.value.retry_after) == (status, None)
        assert (len(sink.hooks), elsewhere.connections) == (1, 0)


@pytest.mark.fault("D13")
@pytest.mark.parametrize("status", [300, 304, 400, 401, 403, 404, 409, 418, 429, 500, 501, 502, 503, 504, 599])
def test_all_else_is_tried_again(status: int) -> None:
    with Sink(answers=[(status, {"Retry-After": "60"})]) as sink:
        with pytest.raises(NotDelivered, match=f"^127.0.0.1 answered {status}") as caught:
            attempt(sending_to(sink))
        assert len(sink.hooks) == 1
    assert (caught.value.status, caught.value.subject) == (status, "team")
    assert caught.value.retry_after == (timedelta(minutes=1) if status in (429, 502, 503, 504) else None)


@pytest.mark.fault("D14")
def test_410_closes_the_channel() -> None:
    with Sink(answers=[410]) as sink:
        with pytest.raises(ChannelClosed, match="wants no more") as caught:
            attempt(sending_to(sink))
    assert (caught.value.status, caught.value.retryable) == (410, False)


@pytest.mark.fault("D15")
@pytest.mark.parametrize(
    ("text", "pause"),
    [
        *(("0", timedelta(0)), ("120", timedelta(minutes=2)), ("86400", DAY), ("86401", DAY), ("999999999", DAY)),
        *(
            (
                format_datetime(NOW + timedelta(hours=1), usegmt=True),
                timedelta(minutes=59, seconds=59, milliseconds=100),
            ),
        ),
        *(("Sun, 06 Nov 1994 08:49:37 GMT", timedelta(0)), ("Fri, 31 Dec 9999 23:59:59 GMT", DAY)),
        *(("", None), ("soon", None), ("-5", None), ("1.5", None), ("60, 120", None), ("١٢", None)),
        # Of a receiver that means harm: more digits than Python will read, and dates beyond its calendar.
        *(("9" * 5_000, DAY), ("Fri, 31 Dec " + "9" * 40 + " 23:59:59 GMT", None)),
        *(("Fri, 31 Dec 9999 23:59:59 -" + "9" * 30, None), ("Fri, 31 Dec 2026 99:99:99 GMT", None)),
        *(("Fri, 31 Dec 9999 23:59:59 -2359", DAY), ("Fri, 31 Dec 9999 23:59:59 -9999", None)),
        ("Mon, 01 Jan 0001 00:00:00 +2300", timedelta(0)),
    ],
)
def test_the_pause_a_receiver_asks_for_is_kept_up_to_a_day(text: str, pause: timedelta | None) -> None:
    with Sink(answers=[lambda it: it.connection.sendall(raw(text))]) as sink:
        with pytest.raises(NotDelivered, match="answered 503") as caught:
            attempt(sending_to(sink))
    assert caught.value.retry_after == pause


def raw(retry_after: str) -> bytes:
    head = f"HTTP/1.1 503 Busy\r\nRetry-After: {retry_after}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    return head.encode()


@pytest.mark.fault("D16")
def test_a_connection_cut_before_the_answer_is_tried_again_but_not_at_once() -> None:
    with Sink(answers=[lambda it: it.cut()]) as sink:
        with pytest.raises(NotDelivered, match=r"did not answer as a web server does|broke the connection off"):
            attempt(sending_to(sink))
        assert len(sink.hooks) == 1


def pour(piece: bytes, left: threading.Event, first: bytes = HEAD) -> Callable[[Any], None]:
    """An answer without an end. `left` is set when the other side has gone."""

    def answer(handler: Any) -> None:
        handler.close_connection = True
        try:
            handler.connection.sendall(first)
            while not handler.owner.over.is_set():
                handler.connection.sendall(piece)
        except OSError:
            left.set()

    return answer


def drip(first: bytes = b"", piece: bytes = b"a") -> Callable[[Any], None]:
    """A byte now and then, each well before any limit of a single read."""

    def answer(handler: Any) -> None:
        handler.close_connection = True
        with suppress(OSError):
            handler.connection.sendall(first)
            while not handler.owner.over.wait(0.03):
                handler.connection.sendall(piece)

    return answer


@pytest.mark.fault("D17")
@pytest.mark.parametrize(
    "first",
    [
        HEAD + b"Content-Length: 1000000000\r\n\r\n",
        HEAD + b"\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n",
    ],
    ids=["length", "until closed", "chunked"],
)
def test_of_a_body_without_an_end_little_is_read_and_its_status_counts(first: bytes) -> None:
    left = threading.Event()
    with Sink(answers=[pour(b"x" * 65_536, left, first)]) as sink:
        assert attempt(sending_to(sink)) == 200
        assert left.wait(20)


@pytest.mark.fault("D17")
@pytest.mark.parametrize(
    "piece",
    [b"X-More: " + b"y" * 1_000 + b"\r\n", b"z" * 1_000, b"HTTP/1.1 103 Early Hints\r\n\r\n"],
    ids=["headers", "one header", "early answers"],
)
def test_headers_without_an_end_are_cut_off(piece: bytes) -> None:
    left = threading.Event()
    first = b"" if piece.startswith(b"HTTP") else HEAD
    with Sink(answers=[pour(piece, left, first)]) as sink:
        with pytest.raises(NotDelivered, match="did not answer as a web server does"):
            attempt(sending_to(sink))
        assert left.wait(20)


@pytest.mark.fault("D17")
def test_no_more_than_64_kilobytes_of_an_answer_are_read() -> None:
    """However it is made up: here of headers, early answers and a body."""
    early = b"HTTP/1.1 103 Early Hints\r\nX: " + b"y" * 10_000 + b"\r\n\r\n"
    for room, fits in ((0, True), (20_000, False)):
        answer = early * 5 + HEAD + b"X: " + b"y" * (5_000 + room) + b"\r\nContent-Length: 0\r\n\r\n"
        with Sink(answers=[lambda it, answer=answer: it.connection.sendall(answer)]) as sink:
            sender = sending_to(sink)
            if fits:
                assert attempt(sender) == 200
            else:
                with pytest.raises(NotDelivered):
                    attempt(sender)


@pytest.mark.fault("D16")
@pytest.mark.parametrize("first", [b"", HEAD, HEAD + b"X-Slow: "], ids=["status", "header name", "header value"])
def test_an_answer_that_drips_is_left_at_the_deadline(first: bytes) -> None:
    with Sink(answers=[drip(first)]) as sink:
        with pytest.raises(NotDelivered, match="did not answer in time"):
            attempt(sending_to(sink, seconds=0.4))


@pytest.mark.fault("D16")
def test_an_answer_that_does_not_come_is_not_waited_for() -> None:
    with Sink(answers=[lambda it: it.owner.over.wait(30)]) as sink:
        with pytest.raises(NotDelivered, match="did not answer in time") as caught:
            attempt(sending_to(sink, seconds=0.3))
    assert caught.value.status is None


def test_a_body_that_drips_does_not_undo_a_success() -> None:
    with Sink(answers=[drip(HEAD + b"\r\n")]) as sink:
        assert attempt(sending_to(sink, seconds=0.4)) == 200


@pytest.mark.parametrize(
    "text", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00\x01\x02\r\n\r\n", b"HTTP/9.9 999999 x\r\n\r\n", b"\r\n\r\n"]
)
def test_what_does_not_speak_http_is_tried_again(text: bytes) -> None:
    def answer(handler: Any) -> None:
        handler.connection.sendall(text)
        handler.cut()

    with Sink(answers=[answer]) as sink:
        with pytest.raises(NotDelivered, match="did not answer as a web server does"):
            attempt(sending_to(sink))


def test_nobody_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(
        NotDelivered, match=r"^127\.0\.0\.1 cannot be reached: nothing answers on port .*\. It is tried"
    ):
        attempt(channel(f"http://{place}/", allow=[place]))


def test_one_connection_carries_many_and_closing_ends_it() -> None:
    with Sink() as sink:
        sender = sending_to(sink)
        for _ in range(3):
            sender.send(delivery())
        assert (len(sink.hooks), sink.connections) == (3, 1)
        sender.close()
        attempt(sender)
        assert (len(sink.hooks), sink.connections) == (4, 2)


def test_after_a_failure_the_next_attempt_is_whole() -> None:
    left = threading.Event()
    with Sink(answers=[pour(b"x" * 9_000, left), 500, lambda it: it.cut(), 204]) as sink:
        sender = sending_to(sink)
        for _ in range(3):
            with pytest.raises(NotDelivered):
                sender.send(delivery())
        assert attempt(sender) == 204
        assert {hook.body for hook in sink.hooks} == {delivery().body}


def test_a_connection_the_receiver_has_closed_meanwhile_is_opened_again() -> None:
    closed = threading.Event()

    def answer_and_close(handler: Any) -> None:
        handler.connection.sendall(b"HTTP/1.1 204 Fine\r\n\r\n")
        handler.cut()
        closed.set()

    with Sink(answers=[answer_and_close, 204]) as sink:
        sender = sending_to(sink)
        sender.send(delivery())
        assert closed.wait(20)
        assert attempt(sender) == 204
        assert (len(sink.hooks), sink.connections) == (2, 2)
