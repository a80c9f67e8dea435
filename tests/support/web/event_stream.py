"""A client of server-sent events on a real connection, which reads them as the standard of HTML says."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.daemon.daemon_process import wait_for
from tests.support.web.served import Served
from tracker.web.waiting.streams import MOST

__all__ = ["Heard", "Listener", "crowd", "events_in", "has_room", "listening", "received"]


@dataclass(frozen=True)
class Heard:
    """One event. `place`: the last `id` that came, with it or before it."""

    name: str
    data: Any
    place: str


@dataclass
class Listener:
    """What has come on one connection. `ended`: how it ended, "" while it has not. "whole" is the server's own end."""

    heard: list[Heard] = field(default_factory=list)
    place: str = ""
    comments: int = 0
    headers: httpx.Headers | None = None
    ended: str = ""
    _data: list[str] = field(default_factory=list)
    _name: str = ""

    def takes(self, line: str) -> None:
        """Read one line."""
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if self._data:
                self.heard.append(Heard(self._name or "message", json.loads("\n".join(self._data)), self.place))
            self._data, self._name = [], ""
        elif not name:
            self.comments += 1
        elif name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name == "id":
            self.place = value
        else:
            assert name == "retry", line

    def waits(self, number: int) -> list[Heard]:
        """Wait until so many events have come, and return all."""
        wait_for(lambda: len(self.heard) >= number or self.ended, lambda: self)
        assert len(self.heard) >= number, self
        return self.heard

    def reaches(self, seq: int) -> None:
        """Wait until its place is this one or a later one."""
        wait_for(lambda: self.place and int(self.place.rpartition(":")[2]) >= seq, lambda: self)

    def ends(self) -> str:
        """Wait for its end, and return how it ended."""
        found: str = wait_for(lambda: self.ended, lambda: self)
        return found

    @property
    def seqs(self) -> list[int]:
        """Return the seqs of all changes that have come."""
        return [it["seq"] for event in self.heard if event.name == "changes" for it in event.data["changes"]]


def events_in(text: str) -> Listener:
    """Read events from a text."""
    found = Listener()
    for line in text.split("\n"):
        found.takes(line)
    return found


@contextmanager
def listening(site: Served, path: str, *, place: str = "", headers: Mapping[str, str] = {}) -> Iterator[Listener]:
    """Listen while the block runs. It begins when the server has told the first place."""
    found = Listener()
    sent = {**headers, **({"last-event-id": place} if place else {})}
    client = httpx.Client(base_url=site.url, trust_env=False, timeout=httpx.Timeout(60, read=None))
    with client, client.stream("GET", path, headers=sent) as response:
        assert response.status_code == 200, response.read()
        found.headers = response.headers

        def read() -> None:
            try:
                for line in response.iter_lines():
                    found.takes(line)
                found.ended = "whole"
            except (httpx.TransportError, httpx.StreamError) as error:
                found.ended = repr(error)

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        try:
            wait_for(lambda: found.place, lambda: found)
            yield found
        finally:
            # The thread reads until the server ends the connection, or it is closed under it.
            _shut(response)
            thread.join(30)


def _shut(response: httpx.Response) -> None:
    stream = response.extensions["network_stream"].get_extra_info("socket")
    try:
        stream.shutdown(2)
    except OSError:
        return  # the server was first


@contextmanager
def crowd(site: Served) -> Iterator[list[socket.socket]]:
    """Take every place that there is for a listener while the block runs."""
    with ExitStack() as stack:
        yield [stack.enter_context(_opened(site, number)) for number in range(MOST)]


def _opened(site: Served, number: int) -> socket.socket:
    """Return a connection on which a stream has begun. Every other one is that of a page."""
    connection = socket.create_connection(("127.0.0.1", site.port), timeout=60)
    path = "/api/v1/changes/stream" if number % 2 else "/events?severity=all"
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert received(connection, b"\nid: ").startswith(b"HTTP/1.1 200")
    return connection


def received(connection: socket.socket, until: bytes) -> bytes:
    found = b""
    while until not in found:
        piece = connection.recv(65536)
        assert piece, found
        found += piece
    return found


def has_room(site: Served) -> bool:
    """Return whether one more may listen."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as connection:
        connection.sendall(b"GET /api/v1/changes/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return connection.recv(12).endswith(b"200")
