"""A server that speaks as badly as a test wants: it runs a script for each incoming connection."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

__all__ = ["ScriptedSmtpServer", "Talk"]


class Talk:
    """One connection, from the server's side. `heard` is everything the client has said."""

    def __init__(self, connection: socket.socket, heard: list[bytes]) -> None:
        self.connection = connection
        self.heard = heard
        self._lines = connection.makefile("rb")

    def say(self, *lines: str) -> None:
        for line in lines:
            self.connection.sendall(line.encode() + b"\r\n")

    def hear(self) -> bytes:
        line = self._lines.readline()
        self.heard.append(line)
        return line

    def secure(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        self._lines.close()
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self._lines = self.connection.makefile("rb")

    def serve(self, mails: int, greeting: str = "220 ready") -> None:
        """Act as an ordinary server that takes any login and so many mails, then hangs up without a word."""
        if greeting:
            self.say(greeting)
        while mails:
            word = self.hear()[:4].upper()
            if word == b"EHLO":
                self.say("250-me", "250 AUTH PLAIN")
                continue
            self.say({b"DATA": "354 go on", b"AUTH": "235 welcome"}.get(word, "250 fine"))
            if word == b"DATA":
                while self.hear() not in (b".\r\n", b""):
                    pass
                self.say("250 kept")
                mails -= 1

    def hang(self, over: threading.Event) -> None:
        """Greet, and then say nothing until the test is over."""
        self.say("220 ready")
        over.wait(60)

    def close(self) -> None:
        self._lines.close()
        self.connection.close()


class ScriptedSmtpServer:
    """`scripts` has one script per connection, the last one for all later ones. `connections` counts them."""

    def __init__(self, *scripts: Callable[[Talk], None]) -> None:
        self._scripts = scripts
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.heard: list[bytes] = []
        self.connections = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def over(self) -> threading.Event:
        """Set when the test is done. A script that stalls waits for it."""
        return self._over

    def __enter__(self) -> ScriptedSmtpServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        # This wakes `accept` up, on every platform.
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5):
            self._thread.join(10)
        self._socket.close()

    def _run(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection:
                if self._over.is_set():
                    return
                script = self._scripts[min(self.connections, len(self._scripts) - 1)]
                self.connections += 1
                talk = Talk(connection, self.heard)
                with suppress(OSError):
                    script(talk)
                talk.close()
