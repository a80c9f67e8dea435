"""Send an HTTP request in one piece, and do other work while its answer is awaited.

httpcore sends the head of a request and its body one after the other. That is two packets, or two records of TLS, and
a receiver wakes up for each. Only short requests are sent here: a body has at most some kilobytes.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import httpcore

from tracker.http.streams import Between, SocketsBetween

__all__ = ["WholeRequests"]


class WholeRequests(SocketsBetween):
    """Opens connections with `sockets`. What is written is sent when the answer is read.

    `meanwhile` is called each time something was sent and the answer is awaited.
    """

    def __init__(self, sockets: httpcore.NetworkBackend, meanwhile: Callable[[], None]) -> None:
        super().__init__(sockets, lambda stream: _WholeRequestStream(stream, meanwhile))


class _WholeRequestStream(Between):
    def __init__(self, stream: httpcore.NetworkStream, meanwhile: Callable[[], None]) -> None:
        super().__init__(stream)
        self._meanwhile = meanwhile
        self._unsent = b""

    def _around(self, stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
        return _WholeRequestStream(stream, self._meanwhile)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._unsent:
            unsent, self._unsent = self._unsent, b""
            # As httpcore does: a server may refuse a request before it has read it, and its answer is there to read.
            with suppress(httpcore.WriteError):
                super().write(unsent, timeout)
            self._meanwhile()
        return super().read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  (of the read that sends it)
        self._unsent += buffer
