"""Receivers of webhooks and of mail in a process of their own, which take everything and keep nothing.

`python -m bench.receivers` prints the port for HTTP and the one for SMTP, and serves until it is ended.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NoReturn

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.channels.smtp_sink import free_port

__all__ = ["receiving"]


class _Hooks(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response_only(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


class _Mails:
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002
        return "250 kept"


def _serve() -> NoReturn:
    mails = Controller(_Mails(), hostname="127.0.0.1", port=free_port(), ready_timeout=10)
    mails.start()
    hooks = ThreadingHTTPServer(("127.0.0.1", 0), _Hooks)
    print(hooks.server_port, mails.port, flush=True)
    hooks.serve_forever()
    raise SystemExit


@contextmanager
def receiving() -> Iterator[tuple[int, int]]:
    """The ports for HTTP and SMTP of a process that ends with the block."""
    with subprocess.Popen([sys.executable, "-m", "bench.receivers"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            hooks, mails = server.stdout.readline().split()
            yield int(hooks), int(mails)
        finally:
            server.terminate()


if __name__ == "__main__":
    _serve()
