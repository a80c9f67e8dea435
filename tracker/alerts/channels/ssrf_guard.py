"""The SSRF guard of webhooks: resolve a host once, check all addresses, and connect to a checked address.

A host may resolve to another address each time. So it is resolved only once, and the connection goes to the address
that was checked. No proxy is taken from the environment. Only as much of an answer is read as a webhook receiver could
need.

Behind a proxy, the proxy resolves the name and connects. What can be checked here is checked first: a numeric address,
and a name that this machine resolves. If only the proxy can resolve a name, the proxy must check it.
"""

from __future__ import annotations

import httpcore

from tracker.alerts.targets.public_addresses import is_public
from tracker.http.streams import Between, SocketsBetween
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


class GuardedSockets(SocketsBetween):
    """Opens TCP connections to public addresses only, or to addresses that `private` (an allow list) permits.

    It raises Forbidden before anything is dialled.
    """

    def __init__(self, budget: Budget, meter: Meter, *, private: bool = False, ask: Resolve = resolve) -> None:
        super().__init__(SharedSockets(budget, self._judged), lambda stream: _MeteredStream(stream, meter))
        self._private = private
        self._ask = ask

    def _judged(self, host: str, port: int) -> list[str]:
        try:
            addresses = self._ask(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("its name does not resolve") from error
        if not addresses or not (self._private or all(map(is_public, addresses))):
            raise Forbidden
        return addresses


class _MeteredStream(Between):
    def __init__(self, stream: httpcore.NetworkStream, meter: Meter) -> None:
        super().__init__(stream)
        self._meter = meter

    def _around(self, stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
        return _MeteredStream(stream, self._meter)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._meter.left <= 0:
            raise Endless
        piece = super().read(min(max_bytes, self._meter.left), timeout)
        self._meter.left -= len(piece)
        return piece
