"""Notify the service manager (systemd) over the socket that it names. Do nothing if there is none."""

from __future__ import annotations

import socket
from collections.abc import Mapping

__all__ = ["SystemNotifier"]

_PATIENCE_SECONDS = 5.0
"""For messages that are sent once. The others are repeated soon, and a poll must not wait for a manager that is busy.
"""


class SystemNotifier:
    """Sends sd_notify messages. A manager that does not listen or is too busy is not an error."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address

    def ready(self) -> None:
        self._send("READY=1", _PATIENCE_SECONDS)

    def watchdog(self) -> None:
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        self._send(f"STATUS={text}")

    def stopping(self) -> None:
        self._send("STOPPING=1", _PATIENCE_SECONDS)

    def _send(self, message: str, patience: float = 0.0) -> None:
        """Send a message. If the socket is full, wait for at most `patience` seconds."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.settimeout(patience)
                channel.connect(self._address)
                channel.sendall(message.encode())
        except OSError:
            return
