"""The socket side of the polite client: one transport whose every read counts against one total time.

httpx's read timeout bounds a single read, so a server that sends a byte a second, in headers as in the body, holds a
request for ever. Here each read may take what is left of the request's total, and no more.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore
import httpx

__all__ = ["Budget", "OutOfTime", "TimedBackend", "Wire", "proxy_of"]


class OutOfTime(httpcore.TimeoutException):
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
            raise OutOfTime
        return left if at_most is None else min(left, at_most)


class Wire(httpx.BaseTransport):
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


class TimedBackend(httpcore.NetworkBackend):
    """Opens connections by `sockets`, and counts all that happens on them against a budget."""

    def __init__(self, budget: Budget, sockets: httpcore.NetworkBackend | None = None) -> None:
        self._sockets = sockets or httpcore.SyncBackend()
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
