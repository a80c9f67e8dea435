"""Two receivers on loopback for the demo: one for webhooks, which checks their signatures, and one for mail.

They store what they receive and do nothing else.
"""

from __future__ import annotations

import hmac
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer, StreamRequestHandler, ThreadingTCPServer
from typing import Any

__all__ = ["Hook", "Received", "receivers"]

_LOOPBACK = ("127.0.0.1", 0)


@dataclass(frozen=True, slots=True)
class Hook:
    """A received webhook. Header names are lower case. `verified`: its signature is valid for our shared secret."""

    headers: dict[str, str]
    body: bytes
    verified: bool


@dataclass(slots=True)
class Received:
    """What has arrived so far, and the ports. `secret`: the key for webhook signatures, "whsec_" and base64."""

    hook_port: int
    mail_port: int
    secret: str
    hooks: list[Hook] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)


@contextmanager
def receivers(secret: str) -> Iterator[Received]:
    """Yield both receivers. Each runs in its own thread until the block ends."""
    with ThreadingHTTPServer(_LOOPBACK, _Hooks) as hooks, _MailServer(_LOOPBACK, _Mails) as mails:
        received = Received(hooks.server_address[1], mails.server_address[1], secret)
        hooks.received = mails.received = received  # type: ignore[attr-defined]
        for server in (hooks, mails):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield received
        finally:
            hooks.shutdown()
            mails.shutdown()


def _received(server: BaseServer) -> Received:
    found = server.received  # type: ignore[attr-defined]
    assert isinstance(found, Received)
    return found


def _is_signed(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """Check a signature of Standard Webhooks 1.0.0. The age is not checked, because the demo's days pass quickly."""
    key = b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = f"v1,{b64encode(hmac.digest(key, signed, 'sha256')).decode()}"
    return any(hmac.compare_digest(wanted, given) for given in headers["webhook-signature"].split())


class _Hooks(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = _received(self.server)
        received.hooks.append(Hook(headers, body, _is_signed(headers, body, received.secret)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Log nothing; the demo reports what arrives."""


class _MailServer(ThreadingTCPServer):
    daemon_threads = True


class _Mails(StreamRequestHandler):
    """As much SMTP as one well-behaved sender needs."""

    def handle(self) -> None:
        self._say("220 demo")
        while line := self.rfile.readline():
            match line[:4].upper():
                case b"DATA":
                    self._say("354 go on")
                    _received(self.server).mails.append(self._mail())
                    self._say("250 kept")
                case b"QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 ok")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _mail(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        found = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found
