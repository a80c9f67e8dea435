"""The SSRF guard of webhooks: resolve a host once, check all addresses, and connect to a checked address.

A host may resolve to another address each time. So it is resolved only once, and the connection goes to the address
that was checked. No proxy is taken from the environment. Only as much of an answer is read as a webhook receiver could
need.

Behind a proxy, the proxy resolves the name and connects. What can be checked here is checked first: a numeric address,
and a name that this machine resolves. If only the proxy can resolve a name, the proxy must check it.
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
    """The host leads to an address that must not be dialled. The text does not say which address."""


class Endless(httpcore.RemoteProtocolError):
    """The answer is longer than the limit."""


class Meter:
    """The number of bytes of one answer that may still be read. Reset for each request, one request at a time."""

    def __init__(self) -> None:
        self.left = 0

    def start(self, size: int) -> None:
        self.left = size


def check_beforehand(host: str, port: int, ask: Resolve) -> None:
    """Raise Forbidden if the host is known here not to be public, before a proxy is asked for it."""
    try:
        addresses = ask(host, port)
    except (OSError, UnicodeError):
        return
    if not addresses or not all(map(is_public, addresses)):
        raise Forbidden


class GuardedSockets(httpcore.NetworkBackend):
    """Open TCP connections to public addresses only, or to addresses that `private` (an allow list) permits."""

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
        """Raise Forbidden before anything is dialled, or else the errors of httpcore."""
        stream = self._sockets.connect_tcp(host, port, timeout, local_address, socket_options)
        return _MeteredStream(stream, self._meter)

    def _judged(self, host: str, port: int) -> list[str]:
        try:
            addresses = self._ask(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("its name does not resolve") from error
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
