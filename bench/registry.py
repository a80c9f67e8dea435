"""A registry that hands out a shelf of records: over HTTP from a process of its own, or from memory.

The day it publishes is the first part of the path of its address: ``http://127.0.0.1:1234/2`` is the second day.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NoReturn
from urllib.parse import parse_qsl, urlsplit

from bench.material import Shelf, records
from tracker.http.polite_client import Expect, PoliteClient, Response

__all__ = ["FromMemory", "serving"]


def _answer(shelf: Shelf, path: str, params: Mapping[str, str]) -> bytes:
    day = int(path.split("/")[1])
    if path.endswith("/version"):
        return b'{"dataTimestamp":"%b"}' % shelf.data_timestamp(day).encode()
    return shelf.page(tuple(params["filter.ids"].split("|")), day)


class FromMemory(PoliteClient):
    """Stands in for the HTTP client: the same answers, without a network, a gate or compression."""

    def __init__(self, shelf: Shelf) -> None:
        self.requests = 0
        self._shelf = shelf

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        expect: Expect = "any",  # noqa: ARG002
    ) -> Response:
        self.requests += 1
        return Response(200, url, {}, _answer(self._shelf, urlsplit(url).path, params or {}))


def _serve(copies: int) -> NoReturn:
    shelf = Shelf(records(), copies)

    @lru_cache(maxsize=16)
    def packed(target: str) -> bytes:
        parts = urlsplit(target)
        return gzip.compress(_answer(shelf, parts.path, dict(parse_qsl(parts.query))), compresslevel=1)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet

        def do_GET(self) -> None:
            body = packed(self.path)
            self.send_response(200)
            for name, value in (("Type", "application/json"), ("Encoding", "gzip"), ("Length", str(len(body)))):
                self.send_header(f"Content-{name}", value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
    raise SystemExit


@contextmanager
def serving(copies: int = 0) -> Iterator[str]:
    """The address of a registry in a process of its own, which ends with the block."""
    command = [sys.executable, "-m", "bench.registry", str(copies)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
