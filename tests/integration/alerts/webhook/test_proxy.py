"""Webhooks through the one proxy of the settings: a real one on loopback, which forwards what it is asked for."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
import trustme

from tests.support.channels.webhook_factories import SECRET, attempt, delivery, here
from tests.support.channels.webhook_sink import Sink
from tracker.alerts.channels.poster import Poster
from tracker.alerts.channels.webhook import WebhookSpec
from tracker.alerts.channels.webhook_sender import WebhookChannel
from tracker.errors import NotDelivered, Undeliverable
from tracker.http.outbound import Outbound

pytestmark = pytest.mark.fault("R-C9")


@dataclass
class Proxy:
    """Answers CONNECT and joins the two ends, whatever host was named: it knows one receiver only."""

    to: tuple[str, int]
    refuses: bool = False
    #: How many of the next connections break off when TLS begins.
    breaks: int = 0
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Proxy:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://me:word@127.0.0.1:{self._listener.getsockname()[1]}"

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            self.asked.append(head.decode())
            if self.refuses:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            if self.breaks:
                self.breaks -= 1
                client.recv(2000)
                client.sendall(b"this is not what TLS begins with")
                return
            with socket.create_connection(self.to) as server:
                threading.Thread(target=_copy, args=(server, client), daemon=True).start()
                _copy(client, server)


def _copy(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while piece := one.recv(65536):
            other.sendall(piece)


@pytest.fixture
def sink() -> Iterator[Sink]:
    authority = trustme.CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("hooks.example.org").configure_cert(serving)
    with Sink() as found:
        found.secure(serving)
        found.trusting = ssl.create_default_context()  # type: ignore[attr-defined]
        authority.configure_trust(found.trusting)  # type: ignore[attr-defined]
        yield found


def sender(sink: Sink, proxy: Proxy, url: str = "https://hooks.example.org/x", **more: object) -> WebhookChannel:
    spec = WebhookSpec("team", url, (SECRET,), frozenset())
    context: ssl.SSLContext = sink.trusting  # type: ignore[attr-defined]
    ask = more.pop("ask", here())
    poster = Poster(
        spec.name,
        spec.url,
        time.monotonic,
        user_agent="t/1",
        allow=spec.allow,
        context=context,
        proxy=proxy.url,
        ask=ask,
        **more,  # type: ignore[arg-type]
    )
    return WebhookChannel(poster, spec.secrets)


def test_a_webhook_goes_through_the_proxy(sink: Sink) -> None:
    def unknown(host: str, port: int) -> list[str]:
        if host.startswith("hooks."):
            raise OSError("no such name here")
        return [host]

    with Proxy(("127.0.0.1", sink.port)) as proxy:
        assert attempt(sender(sink, proxy, ask=unknown)) == 204
        assert proxy.asked[0].startswith("CONNECT hooks.example.org:443 ")
        assert "proxy-authorization: basic" in proxy.asked[0].lower()
    assert "proxy-authorization" not in sink.hooks[0].headers
    assert sink.hooks[0].headers["host"] == "hooks.example.org"


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1"])
def test_no_proxy_is_asked_for_what_is_known_to_be_private(sink: Sink, address: str) -> None:
    with Proxy(("127.0.0.1", sink.port)) as proxy:
        with pytest.raises(Undeliverable, match="does not lead to a public address"):
            attempt(sender(sink, proxy, ask=here(address)))
        assert proxy.asked == [] and sink.hooks == []


def test_a_proxy_that_refuses_is_our_setting_to_mend(sink: Sink) -> None:
    with Proxy(("127.0.0.1", sink.port), refuses=True) as proxy:
        with pytest.raises(NotDelivered, match=r"not reached through the proxy of \[http\]") as caught:
            attempt(sender(sink, proxy, ask=_resolved))
        assert caught.value.lasting
        assert "word" not in str(caught.value)


def _resolved(host: str, port: int) -> list[str]:
    return ["9.9.9.9"] if host.startswith("hooks.") else [host]


def test_an_allowed_receiver_is_reached_without_the_proxy() -> None:
    with Sink() as sink, Proxy(("127.0.0.1", sink.port)) as proxy:
        poster = Poster("team", sink.url, time.monotonic, user_agent="t/1", allow={sink.place}, proxy=proxy.url)
        channel = WebhookChannel(poster, [SECRET])
        assert channel.send(delivery()).status == 204
        channel.close()
        assert proxy.asked == []


def test_one_proxy_is_shown_without_its_login() -> None:
    assert Outbound(proxy="http://me:word@proxy.example:3128").shown_proxy == "proxy.example:3128"


def test_a_receiver_that_breaks_off_behind_the_proxy_is_reached_by_the_next_try(sink: Sink) -> None:
    with Proxy(("127.0.0.1", sink.port), breaks=2) as proxy:
        channel = sender(sink, proxy, ask=_resolved)
        for _ in range(2):
            with pytest.raises(NotDelivered, match=r"TLS|certificate|SSL"):
                channel.send(delivery(b"{}"))
        assert channel.send(delivery(b"{}")).status == 204
        channel.close()
        assert len(proxy.asked) == 3
