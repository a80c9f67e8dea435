"""The socket side of the polite client: a transport with one time limit for a whole request.

The read timeout of httpx applies to a single read. So a server that sends one byte per second could hold a request for
ever. Here each read may only take what is left of the total time.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import httpcore
import httpx

from tracker.http.streams import Between, SocketsBetween

__all__ = [
    "Budget",
    "RequestOutOfTime",
    "Resolve",
    "SharedSockets",
    "TimedBackend",
    "TimedTransport",
    "connect_in_turn",
    "proxy_of",
    "resolve",
]

T = TypeVar("T")
Resolve = Callable[[str, int], list[str]]


class RequestOutOfTime(httpcore.TimeoutException):
    """The total time of a request is used up."""


class Budget:
    """The time left for one request. Started again for each one; one request at a time."""

    def __init__(self, stopwatch: Callable[[], float]) -> None:
        self._stopwatch = stopwatch
        self._end = float("inf")

    def start(self, seconds: float) -> None:
        self._end = self._stopwatch() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Return the seconds that the next step may take. Raise RequestOutOfTime if there are none."""
        left = self._end - self._stopwatch()
        if left <= 0:
            raise RequestOutOfTime
        return left if at_most is None else min(left, at_most)

    def part(self, at_most: float | None) -> Budget:
        """Return a budget for one step. It ends after `at_most` seconds, and not later than this one."""
        found = Budget(self._stopwatch)
        found._end = self._stopwatch() + self.left(at_most)
        return found


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host from the system's resolver. Raise OSError or UnicodeError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(it[4][0]) for it in found))


def connect_in_turn(
    addresses: Sequence[str], budget: Budget, timeout: float | None, connect: Callable[[str, float], T]
) -> T:
    """Return the first connection that works, trying the addresses in order. All tries together take `timeout` seconds.

    Each try may take an equal share of the time left, so that a silent address leaves time for the next. Raise the last
    error. `addresses` has at least one.
    """
    # httpcore would give each address the full timeout, so that a name with many silent addresses takes minutes.
    whole = budget.part(timeout)
    for tried, address in enumerate(addresses):
        try:
            return connect(address, whole.left() / (len(addresses) - tried))
        except (httpcore.ConnectError, httpcore.ConnectTimeout):
            if tried == len(addresses) - 1:
                raise
    raise httpcore.ConnectError("its name leads to no address")


class TimedTransport(httpx.BaseTransport):
    """HTTP/1.1, plain or over verified TLS, with an optional proxy. Reads nothing from the environment."""

    def __init__(self, budget: Budget, context: ssl.SSLContext, proxy: str | None = None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            proxy=proxy_of(proxy) if proxy else None,
            # One request at a time, with some connections left open by earlier ones.
            max_connections=4,
            keepalive_expiry=15.0,
            network_backend=TimedBackend(budget),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        self._pool.close()


def proxy_of(address: str) -> httpcore.Proxy:
    """Return the proxy at an address, with the login in it."""
    given = httpx.Proxy(address)
    return httpcore.Proxy(str(given.url), auth=given.raw_auth)


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class SharedSockets(httpcore.NetworkBackend):
    """Opens TCP connections with one time limit for all addresses of a name. httpcore's limit is for each address."""

    def __init__(self, budget: Budget, ask: Resolve = resolve) -> None:
        self._budget = budget
        self._ask = ask
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Raise httpcore.ConnectError, httpcore.ConnectTimeout or RequestOutOfTime."""
        try:
            addresses = self._ask(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        options = None if socket_options is None else list(socket_options)

        def connect(address: str, seconds: float) -> httpcore.NetworkStream:
            return self._sockets.connect_tcp(address, port, seconds, local_address, options)

        return connect_in_turn(addresses, self._budget, timeout, connect)


class TimedBackend(SocketsBetween):
    """Opens connections with `sockets`, and counts all their reads and writes against a budget."""

    def __init__(self, budget: Budget, sockets: httpcore.NetworkBackend | None = None) -> None:
        super().__init__(sockets or SharedSockets(budget), lambda stream: _TimedStream(stream, budget))


class _TimedStream(Between):
    def __init__(self, stream: httpcore.NetworkStream, budget: Budget) -> None:
        super().__init__(stream)
        self._budget = budget

    def _around(self, stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
        return _TimedStream(stream, self._budget)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return super().read(max_bytes, self._budget.left(timeout))
        except httpcore.TimeoutException:
            # Raise RequestOutOfTime if the total time ended this read.
            self._budget.left()
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        super().write(buffer, self._budget.left(timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return super().start_tls(ssl_context, server_hostname, self._budget.left(timeout))
