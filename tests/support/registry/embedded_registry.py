"""A registry on loopback that can misbehave, down to the socket.

    with RegistryServer([study("NCT00000001")]) as registry:
        registry.faults = [Reply(503), hang_up]        # the next two requests; after them it answers well again
        registry.faults = lambda request: Reply(500) if request.number % 3 == 0 else None

It has the shapes of the ClinicalTrials.gov API v2: `/api/v2/version`, `/api/v2/studies` (filter.ids, query.* as the
demo's registry reads them, paging tokens, countTotal) and `/api/v2/studies/{id}` (301 for an alias, 404). It also has
the undocumented history below `/api/int`: the versions in `histories`, by trial, oldest first. A trial that is not in
there has one version, its record. `requests` records each request. You may change `studies`, `aliases`, `histories`,
`data_timestamp` and `faults` while it runs. `edge` adds the firewall of the live registry (see
tests/support/registry/refusing_edge.py).
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.support.registry.projection import UnknownField, projected
from tracker.demo.registry_search import BadQuery, search

if TYPE_CHECKING:
    from tests.support.registry.refusing_edge import Edge

Study = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request as it came. `number` counts from 1, and `query` holds the decoded parameters."""

    number: int
    target: str
    headers: Mapping[str, str]
    path: str
    query: Mapping[str, str]
    connection: int

    @property
    def ids(self) -> list[str]:
        """The ids of filter.ids."""
        return [name for name in re.split(r"[|,\s]+", self.query.get("filter.ids", "")) if name]


@dataclass(frozen=True)
class Reply:
    """A well-formed answer. `headers` are added to Content-Length and Content-Type, and override them."""

    status: int = 200
    body: bytes = b""
    kind: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)


# Takes over the socket. The connection is closed after it.
Act = Callable[[socket.socket], None]
Fault = Reply | Act | None
Faults = list[Fault] | Callable[[Request], Fault]


def study(trial: str, *, aliases: Iterable[str] = (), updated: str = "2026-01-15", **status: Any) -> Study:
    """Return a small record in the registry's shape. `status` adds to its status module."""
    identification: Study = {"nctId": trial, "briefTitle": f"A study called {trial}"}
    if names := list(aliases):
        identification["nctIdAliases"] = names
    dates = {"lastUpdateSubmitDate": updated, "lastUpdatePostDateStruct": {"date": updated, "type": "ACTUAL"}}
    return {
        "protocolSection": {
            "identificationModule": identification,
            "statusModule": {"overallStatus": "RECRUITING", **dates, **status},
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": "2026-08-14"}},
        "hasResults": False,
    }


def signed(found: Study) -> Study:
    """Return the same study, bound by the WHO joint statement: begun after 2018, supported by a signatory."""
    protocol = found["protocolSection"]
    protocol["statusModule"].setdefault("startDateStruct", {"date": "2020-01-15", "type": "ACTUAL"})
    sponsors = protocol.setdefault("sponsorCollaboratorsModule", {})
    sponsors["collaborators"] = [{"name": "Wellcome Trust", "class": "OTHER"}]
    return found


class RegistryServer:
    """See the module. Each connection has a thread, and `stop` ends them all, even if they hang."""

    def __init__(
        self,
        studies: Iterable[Study] | Mapping[str, Study] = (),
        *,
        aliases: Mapping[str, str] | None = None,
        faults: Faults | None = None,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        records = studies.values() if isinstance(studies, Mapping) else studies
        self.studies: dict[str, Study] = {_id(record): record for record in records}
        self.aliases = dict(aliases or {})
        self.histories: dict[str, list[Study]] = {}
        self.data_timestamp = "2026-08-14T09:00:05"
        self.faults: Faults = faults if faults is not None else []
        self.edge: Edge | None = None
        self.on_accept: list[Act | None] = []
        self.requests: list[Request] = []
        self.connections = 0
        self._tls = tls
        self._address = (host, port)
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def start(self) -> Self:
        self._listener = socket.create_server(self._address, backlog=64)
        self._address = self._listener.getsockname()[:2]
        self._stopping = False
        self._spawn(self._accept)
        return self

    def stop(self) -> None:
        self._stopping = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            sockets, threads = list(self._sockets), list(self._threads)
        for connection in sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://{self.netloc}"

    @property
    def netloc(self) -> str:
        return f"{self._address[0]}:{self._address[1]}"

    def paths(self) -> list[str]:
        """The paths requested so far, without queries."""
        return [request.path for request in self.requests]

    # -- connections

    def _spawn(self, work: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        with self._lock:
            self._threads = [old for old in self._threads if old.is_alive() or old.ident is None]
            self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._spawn(self._serve, connection, self.connections)

    def _serve(self, plain: socket.socket, number: int) -> None:
        # A client that gives up, or `stop`, may end a connection at any point. That is not an error here.
        with suppress(OSError), self._kept(plain):
            act = self.on_accept.pop(0) if self.on_accept else None
            if act is not None:
                act(plain)
            elif self._tls is None:
                self._converse(plain, number)
            else:
                with self._kept(self._tls.wrap_socket(plain, server_side=True)) as wrapped:
                    self._converse(wrapped, number)

    @contextmanager
    def _kept(self, connection: socket.socket) -> Iterator[socket.socket]:
        """Register a connection with `stop` while it is open."""
        with self._lock:
            self._sockets.add(connection)
        try:
            yield connection
        finally:
            with self._lock:
                self._sockets.discard(connection)
            connection.close()

    def _converse(self, connection: socket.socket, number: int) -> None:
        with connection.makefile("rb") as stream:
            while (request := self._receive(stream, number)) is not None:
                reply = self._fault(request) or self._refused(request) or self._well(request)
                if not isinstance(reply, Reply):
                    reply(connection)
                    return
                connection.sendall(_wire(reply))

    def _receive(self, stream: Any, connection: int) -> Request | None:
        line = stream.readline().decode("latin-1").split()
        if len(line) != 3:
            return None
        headers: dict[str, str] = {}
        while (row := stream.readline().decode("latin-1").strip()) != "":
            name, _, value = row.partition(":")
            headers[name.strip().lower()] = value.strip()
        parts = urlsplit(line[1])
        with self._lock:
            request = Request(
                number=len(self.requests) + 1,
                target=line[1],
                headers=headers,
                path=parts.path,
                query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                connection=connection,
            )
            self.requests.append(request)
        return request

    def _fault(self, request: Request) -> Fault:
        if callable(self.faults):
            return self.faults(request)
        with self._lock:
            return self.faults.pop(0) if self.faults else None

    # -- the registry

    def _refused(self, request: Request) -> Reply | None:
        return self.edge.refusal(request) if self.edge is not None else None

    def _well(self, request: Request) -> Reply:
        reply = self.answer(request)
        if self.edge is not None:
            reply = self.edge.dress(request, reply)
        if len(reply.body) > 400 and "gzip" in request.headers.get("accept-encoding", ""):
            packed = gzip.compress(reply.body, 1)
            return Reply(reply.status, packed, reply.kind, {**reply.headers, "Content-Encoding": "gzip"})
        return reply

    def answer(self, request: Request) -> Reply:
        """Return the answer of a healthy registry. Faults may call this and change the result."""
        folder, _, trial = request.path.partition("/api/v2/studies/")
        if request.path == "/api/v2/version":
            return as_json({"apiVersion": "2.0.5", "dataTimestamp": self.data_timestamp})
        if request.path == "/api/v2/studies":
            return self._list(request)
        if trial and not folder:
            return self._single(trial)
        if (asked := _PAST.fullmatch(request.path)) is not None:
            return self._past(*asked.groups(), verbose=request.query.get("history") == "true")
        return Reply(404 if request.path.startswith("/api/") else 200, b"<html><body>shell</body></html>", "text/html")

    def _past(self, trial: str, below: str | None, number: str | None, *, verbose: bool) -> Reply:
        if trial not in self.studies:
            return Reply(404, f"NCT number {trial} not found".encode())
        versions = self.histories.get(trial) or [{"protocolSection": self.studies[trial]["protocolSection"]}]
        if number is not None:
            if int(number) >= len(versions):
                return Reply(404, b"<html></html>", "text/html")
            return as_json({"studyVersion": int(number), "study": versions[int(number)]})
        changes = {"changes": [_change(place, version) for place, version in enumerate(versions)]}
        return as_json(
            changes if below else {"study": self.studies[trial], **({"history": changes} if verbose else {})}
        )

    def _single(self, trial: str) -> Reply:
        if trial in self.studies:
            return as_json(self.studies[trial])
        current = self.aliases.get(trial) or next((k for k, v in self.studies.items() if trial in _aliases(v)), None)
        if current is not None:
            return Reply(301, headers={"Location": f"/api/v2/studies/{current}"})
        return Reply(404, f"NCT number {trial} not found".encode())

    def _list(self, request: Request) -> Reply:
        known = ("format", "pageSize", "pageToken", "countTotal", "filter.", "query.", "fields", "sort", "markupFormat")
        for name in request.query:
            if not name.startswith(known):
                return Reply(400, f"`{name}` is unknown parameter".encode())
        try:
            matching = self._matching(request)
        except BadQuery as error:
            return Reply(400, str(error).encode())
        size = min(int(request.query.get("pageSize", "10")) or 10, 1000)
        start = int(request.query.get("pageToken", "t0").removeprefix("t"))
        sent = matching[start : start + size]
        if "fields" in request.query:
            try:
                sent = [projected(record, request.query["fields"]) for record in sent]
            except UnknownField as error:
                return Reply(400, str(error).encode())
        page: Study = {"studies": sent}
        if request.query.get("countTotal") == "true" and "pageToken" not in request.query:
            page = {"totalCount": len(matching), **page}
        if start + size < len(matching):
            page["nextPageToken"] = f"t{start + size}"
        return as_page(page)

    def _matching(self, request: Request) -> list[Study]:
        if "filter.ids" not in request.query:
            return search(self.studies.values(), request.query)
        wanted = set(request.ids)
        return [record for record in self.studies.values() if not wanted.isdisjoint(self._names(record))]

    def _names(self, record: Study) -> set[str]:
        return {_id(record), *_aliases(record), *(old for old, new in self.aliases.items() if new == _id(record))}


def _id(record: Study) -> str:
    return str(record["protocolSection"]["identificationModule"]["nctId"])


_PAST = re.compile(r"/api/int/studies/([^/]+)(/history(?:/(\d+))?)?")


def _change(number: int, version: Study) -> Study:
    status = version["protocolSection"]["statusModule"]
    day = status.get("lastUpdateSubmitDate", "2026-01-01")
    return {"version": number, "date": day, "status": status.get("overallStatus"), "moduleLabels": []}


def _aliases(record: Study) -> list[str]:
    return list(record.get("protocolSection", {}).get("identificationModule", {}).get("nctIdAliases", []))


def as_json(value: object) -> Reply:
    return Reply(200, _written(value).encode(), "application/json")


def as_page(page: Mapping[str, Any]) -> Reply:
    """Return a page as the registry writes it: without white space, but for one record a line."""
    records = ",\n".join(map(_written, page["studies"]))
    parts = {**{key: _written(value) for key, value in page.items()}, "studies": f"[\n{records}\n]"}
    body = ",".join(f'"{key}":{text}' for key, text in parts.items())
    return Reply(200, f"{{{body}}}".encode(), "application/json")


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def gzipped(body: bytes, kind: str = "application/json") -> Reply:
    """Return an answer whose body is declared as a gzip stream, with any content."""
    return Reply(200, body, kind, {"Content-Encoding": "gzip"})


def _wire(reply: Reply) -> bytes:
    headers = {"Content-Type": reply.kind, "Content-Length": str(len(reply.body)), **reply.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {reply.status} X\r\n{head}\r\n".encode("latin-1") + reply.body


# -- acts: what a server can do to a socket


def says(*pieces: bytes, every: float = 0.0) -> Act:
    """Send these bytes as they are, then close."""

    def act(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(every)

    return act


def hang_up(connection: socket.socket) -> None:
    """Close without a word."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def resets(*pieces: bytes) -> Act:
    """Send these bytes, then reset the connection (RST)."""

    def act(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)
        # Let the bytes arrive first: a reset discards what has not been read.
        time.sleep(0.05 if pieces else 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return act


def silent(connection: socket.socket) -> None:
    """Say nothing until the client gives up."""
    while connection.recv(4096):
        pass


def endless(head: bytes, piece: bytes, every: float) -> Act:
    """Send `head`, then `piece` for ever, one every `every` seconds, until the client gives up."""

    def act(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)
            time.sleep(every)

    return act
