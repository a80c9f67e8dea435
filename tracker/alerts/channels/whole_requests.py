"""Send an HTTP request in one piece, and do other work while its answer is awaited.

httpcore sends the head of a request and its body one after the other. That is two packets, or two records of TLS, and
a receiver wakes up for each. Only short requests are sent here: a body has at most some kilobytes.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import httpcore

__all__ = ["WholeRequests"]


class WholeRequests(httpcore.NetworkBackend):
    """Open connections with `sockets`. What is written is sent when the answer is read.

    `meanwhile` is called each time something was sent and the answer is awaited.
    """

    def __init__(self, sockets: httpcore.NetworkBackend, meanwhile: Callable[[], None]) -> None:
        self._sockets = sockets
        self._meanwhile = meanwhile

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._sockets.connect_tcp(host, port, timeout, local_address, socket_options)
        return _WholeRequestStream(stream, self._meanwhile)


class _WholeRequestStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, meanwhile: Callable[[], None]) -> None:
        self._stream = stream
        self._meanwhile = meanwhile
        self._unsent = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._unsent:
            unsent, self._unsent = self._unsent, b""
            # As httpcore does: a server may refuse a request before it has read it, and its answer is there to read.
            with suppress(httpcore.WriteError):
                self._stream.write(unsent, timeout)
            self._meanwhile()
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  (of the read that sends it)
        self._unsent += buffer

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _WholeRequestStream(self._stream.start_tls(ssl_context, server_hostname, timeout), self._meanwhile)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
