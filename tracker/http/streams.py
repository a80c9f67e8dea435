"""Connections with something of ours in between: what all of them repeat of httpcore's, once."""

from __future__ import annotations

import ssl
from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

__all__ = ["Between", "SocketsBetween"]


class Between(httpcore.NetworkStream):
    """A stream that passes everything on to another. A subclass overrides what it does in another way."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    @abstractmethod
    def _around(self, stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
        """Return the same around the stream that takes the place of ours when TLS begins."""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return self._around(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class SocketsBetween(httpcore.NetworkBackend):
    """Opens TCP connections with `sockets`, and puts `between` around each."""

    def __init__(
        self,
        sockets: httpcore.NetworkBackend,
        between: Callable[[httpcore.NetworkStream], httpcore.NetworkStream],
    ) -> None:
        self._sockets = sockets
        self._between = between

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Raise what `sockets` raises."""
        return self._between(self._sockets.connect_tcp(host, port, timeout, local_address, socket_options))
