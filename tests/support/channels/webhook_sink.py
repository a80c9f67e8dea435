"""A receiver of webhooks on a real socket. It answers as told, and verifies what came in when it is closed."""

from __future__ import annotations

import base64
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

__all__ = ["OTHER_SECRET", "SECRET", "Hook", "Sink"]

SECRET = "whsec_" + base64.b64encode(b"planted-secret-of-thirty-two-byt").decode()
OTHER_SECRET = "whsec_" + base64.b64encode(b"another-secret-of-thirty-two-byt").decode()


class _AtAnyTime(Webhook):
    """The verifier of Standard Webhooks without its check of the clock, because tests move their own."""

    def _Webhook__verify_timestamp(self, header: str) -> datetime:
        return datetime.fromtimestamp(int(header), UTC)


@dataclass(frozen=True, slots=True)
class Hook:
    """One request as it came in, with header names in lower case. `at` is in real seconds since the epoch."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def key(self) -> str:
        return self.headers["webhook-id"]

    def is_signed_with(self, secret: str) -> bool:
        """Return whether a receiver with this secret would accept it."""
        try:
            _AtAnyTime(secret).verify(self.body, self.headers, json_parse=False)
        except WebhookVerificationError:
            return False
        return True


Answer = Callable[["_Handler"], None]


@dataclass
class Sink:
    """A receiver of webhooks.

    `answers` has the answer to each request in turn, the last one for all later ones: a status, (status, headers), or a
    function that handles the connection. `hooks` is what came in, and `host` is where it listens. `over` is set when
    the test is done with it, for slow answers. Each hook must be signed with one of `secrets`. Without secrets, it is
    not a signed webhook.
    """

    answers: list[Any] = field(default_factory=lambda: [204])
    hooks: list[Hook] = field(default_factory=list)
    connections: int = 0
    host: str = "127.0.0.1"
    secrets: tuple[str, ...] = (SECRET, OTHER_SECRET)
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Sink:
        sink = self

        class Handler(_Handler):
            owner = sink

        self._server = _Server((self.host, 0), Handler)
        self._server.daemon_threads = True
        self._lock = threading.Lock()
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        if kind is None and self.secrets:
            assert [hook for hook in self.hooks if not any(map(hook.is_signed_with, self.secrets))] == []

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/hook?token=planted-in-the-query"

    @property
    def keys(self) -> list[str]:
        return [hook.key for hook in self.hooks]

    def secure(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def taken(self, hook: Hook) -> Any:
        with self._lock:
            self.hooks.append(hook)
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors: some tests kill the sender."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    owner: Sink

    def setup(self) -> None:
        super().setup()
        self.owner.connections += 1

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        if len(body) < length:  # the sender ended in the middle, so nothing has arrived
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.owner.taken(Hook(self.path, headers, body, time.time()))
        if callable(answer):
            answer(self)
            return
        status, more = answer if isinstance(answer, tuple) else (answer, {})
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def cut(self) -> None:
        """End the connection without another word."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: Any) -> None:
        """Log nothing: tests check what came in."""
