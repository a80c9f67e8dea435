"""The guard of all connections a webhook makes: a host is resolved once, every address judged, a judged one dialled.

What a host resolves to may differ from one asking to the next, so nothing is asked twice: the connection goes to the
very address that was judged. No proxy is taken from the environment. Of an answer no more is read than a
receiver of webhooks can have to say.

Behind a proxy it is the proxy that resolves the name and dials. What can be judged here is judged first: a numeric
address, and a name that this machine resolves. A name that only the proxy knows is the proxy's to judge.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

from tracker.alerts.targets.public_addresses import is_public
from tracker.http.transport import Budget, Resolve, SharedSockets, resolve

__all__ = ["Endless", "Forbidden", "GuardedSockets", "Meter", "Resolve", "check_beforehand", "resolve"]


class Forbidden(Exception):
    """The host leads to an address that must not be dialled. Says no more: not even which."""


class Endless(httpcore.RemoteProtocolError):
    """More came than is read of one answer."""


class Meter:
    """How many bytes of one answer may still be read. Started anew for each; one request at a time."""

    def __init__(self) -> None:
        self.left = 0

    def start(self, size: int) -> None:
        self.left = size


def check_beforehand(host: str, port: int, ask: Resolve) -> None:
    """Raise Forbidden for a host that is known here not to be public, before a proxy is asked for it."""
    try:
        addresses = ask(host, port)
    except (OSError, UnicodeError):
        return
    if not addresses or not all(map(is_public, addresses)):
        raise Forbidden


class GuardedSockets(httpcore.NetworkBackend):
    """Opens TCP connections to public addresses only, or to whatever `private` says is meant (an allow list)."""

    def __init__(self, budget: Budget, meter: Meter, *, private: bool = False, ask: Resolve = resolve) -> None:
        self._meter = meter
        self._private = private
        self._ask = ask
        self._sockets = SharedSockets(budget, self._judged)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises Forbidden before anything is dialled, else what httpcore raises."""
        stream = self._sockets.connect_tcp(host, port, timeout, local_address, socket_options)
        return _MeteredStream(stream, self._meter)

    def _judged(self, host: str, port: int) -> list[str]:
        try:
            addresses = self._ask(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"its name does not resolve ({error})") from error
        if not addresses or not (self._private or all(map(is_public, addresses))):
            raise Forbidden
        return addresses


class _MeteredStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, meter: Meter) -> None:
        self._stream = stream
        self._meter = meter

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._meter.left <= 0:
            raise Endless
        piece = self._stream.read(min(max_bytes, self._meter.left), timeout)
        self._meter.left -= len(piece)
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _MeteredStream(self._stream.start_tls(ssl_context, server_hostname, timeout), self._meter)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
