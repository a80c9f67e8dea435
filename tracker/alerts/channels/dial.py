"""The guard of all connections a webhook makes: a host is resolved once, every address judged, a judged one dialled.

What a host resolves to may differ from one asking to the next, so nothing is asked twice: the connection goes to the
very address that was judged. No proxy is used, whatever the environment says.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from tracker.alerts.addresses import is_public

__all__ = ["Forbidden", "GuardedSockets", "resolve"]

Resolve = Callable[[str, int], list[str]]


class Forbidden(Exception):
    """The host leads to an address that must not be dialled. Says no more: not even which."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system's resolver gives them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(it[4][0]) for it in found))


class GuardedSockets(httpcore.NetworkBackend):
    """Opens TCP connections to public addresses only, or to whatever `private` says is meant (an allow list)."""

    def __init__(self, private: bool = False, ask: Resolve = resolve) -> None:
        self._private = private
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
        """Raises Forbidden before anything is dialled, else what httpcore raises."""
        try:
            addresses = self._ask(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"its name does not resolve ({error})") from error
        if not addresses or not (self._private or all(map(is_public, addresses))):
            raise Forbidden
        failure: httpcore.ConnectError | None = None
        for address in addresses:
            try:
                return self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                failure = error
        assert failure is not None
        raise failure
