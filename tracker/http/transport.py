"""The socket side of the polite client: one transport whose every read counts against one total time.

httpx's read timeout bounds a single read, so a server that sends a byte a second, in headers as in the body, holds a
request for ever. Here each read may take what is left of the request's total, and no more.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import httpcore
import httpx

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
    """The total time of one request is used up."""


class Budget:
    """What is left of one request's time. Started anew for each; one request at a time."""

    def __init__(self, stopwatch: Callable[[], float]) -> None:
        self._stopwatch = stopwatch
        self._end = float("inf")

    def start(self, seconds: float) -> None:
        self._end = self._stopwatch() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Seconds the next step may take. Raises OutOfTime when there are none."""
        left = self._end - self._stopwatch()
        if left <= 0:
            raise RequestOutOfTime
        return left if at_most is None else min(left, at_most)

    def part(self, at_most: float | None) -> Budget:
        """A budget for one step of several tries: it ends with this one, and after `at_most` seconds."""
        found = Budget(self._stopwatch)
        found._end = self._stopwatch() + self.left(at_most)
        return found


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system's resolver gives them. Raises OSError, UnicodeError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(it[4][0]) for it in found))


def connect_in_turn(
    addresses: Sequence[str], budget: Budget, timeout: float | None, connect: Callable[[str, float], T]
) -> T:
    """The first connection that one of `addresses`, at least one, takes. All tries together take `timeout` seconds.

    A silent address leaves time for the next: each may take its share of what is left. Raises what the last raised.
    """
    whole = budget.part(timeout)
    for tried, address in enumerate(addresses):
        try:
            return connect(address, whole.left() / (len(addresses) - tried))
        except (httpcore.ConnectError, httpcore.ConnectTimeout):
            if tried == len(addresses) - 1:
                raise
    raise httpcore.ConnectError("its name leads to no address")


class TimedTransport(httpx.BaseTransport):
    """HTTP/1.1, plain or over verified TLS, perhaps through the one proxy given. Reads nothing from the environment."""

    def __init__(self, budget: Budget, context: ssl.SSLContext, proxy: str | None = None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            proxy=proxy_of(proxy) if proxy else None,
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
    """The proxy at an address, with the login that stands in it."""
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
    """Opens TCP connections: one time limit for all addresses of a name, where the system's own gives it to each."""

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
        """Raises httpcore.ConnectError, httpcore.ConnectTimeout, OutOfTime."""
        try:
            addresses = self._ask(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        options = None if socket_options is None else list(socket_options)

        def connect(address: str, seconds: float) -> httpcore.NetworkStream:
            return self._sockets.connect_tcp(address, port, seconds, local_address, options)

        return connect_in_turn(addresses, self._budget, timeout, connect)


class TimedBackend(httpcore.NetworkBackend):
    """Opens connections by `sockets`, and counts all that happens on them against a budget."""

    def __init__(self, budget: Budget, sockets: httpcore.NetworkBackend | None = None) -> None:
        self._sockets = sockets or SharedSockets(budget)
        self._budget = budget

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._budget.left(timeout)
        stream = self._sockets.connect_tcp(host, port, left, local_address, socket_options)
        return _TimedStream(stream, self._budget)


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._stream.read(max_bytes, self._budget.left(timeout))
        except httpcore.TimeoutException:
            # Says OutOfTime when it was the total that this read ran into.
            self._budget.left()
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._budget.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._budget.left(timeout))
        return _TimedStream(stream, self._budget)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
