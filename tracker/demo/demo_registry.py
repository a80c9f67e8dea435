"""A clinical-trial registry on loopback, with the shapes of ClinicalTrials.gov's API v2.

It publishes one day of a `Story` at a time and knows nothing of the program that reads it. Not implemented: CSV and
other formats, Essie expressions (`AREA[...]`), synonyms, orders other than the newest first, the choice of fields,
ETags. The parameters for these are accepted and have no effect. Unknown parameters are refused.
"""

from __future__ import annotations

import gzip
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

import orjson

from tracker.demo.history_shapes import history, study_version
from tracker.demo.registry_search import AREAS, BadQuery, names, search
from tracker.demo.story import Story
from tracker.records.json_objects import RawRecord

API_VERSION: Final = "2.0.5"
STUDY: Final = re.compile(r"(/api/(?:v2|int)/studies/)([^/]+)(/history(?:/(\d{1,6}))?)?")
KNOWN: Final = {
    *AREAS,
    *("format", "markupFormat", "fields", "sort", "countTotal", "pageSize", "pageToken", "aggFilters", "geoDecay"),
    *(f"{when}.{what}" for when in ("filter", "postFilter") for what in ("overallStatus", "geo", "ids", "advanced")),
    *("filter.synonyms", "postFilter.synonyms", "query.patient"),
}

Params = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DemoAnswer:
    status: int
    kind: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def _json(value: object) -> DemoAnswer:
    return DemoAnswer(200, "application/json", orjson.dumps(value))


def _text(status: int, sentence: str) -> DemoAnswer:
    return DemoAnswer(status, "text/plain", sentence.encode())


NOWHERE: Final = DemoAnswer(404, "text/html", b"<html><head><title>404 Not Found</title></head></html>")
SHELL: Final = DemoAnswer(200, "text/html", b"<!doctype html><html><body><app-root></app-root></body></html>")


class DemoRegistry:
    """A registry that serves requests inside its `with` block.

    `url`: its address. `day`: the day it publishes, at first the story's opening, then what `move_to` sets.
    """

    def __init__(self, story: Story, host: str = "127.0.0.1", port: int = 0) -> None:
        self._story = story
        self.day = story.opening
        self._server = _Server((host, port), self.answer)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://{host}:{self._server.server_port}"

    def move_to(self, day: date) -> None:
        self.day = day

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def records(self) -> list[RawRecord]:
        """Return the records published on `day`, each stamped with it, by trial id."""
        known = ((trial, self._story.record_on(trial, self.day)) for trial in sorted(self._story.facts))
        return [_stamped(record, self.day) for _, record in known if record is not None]

    def answer(self, path: str, params: Params) -> DemoAnswer:
        """Return the answer to a GET of `path`, without a socket."""
        if not path.startswith("/api/"):
            return SHELL
        if path == "/api/v2/version":
            return _json({"apiVersion": API_VERSION, "dataTimestamp": f"{self.day}T09:00:05"})
        if path == "/api/v2/studies":
            return self._list(params)
        if match := STUDY.fullmatch(path):
            return self._study(match, params)
        return NOWHERE

    def _list(self, params: Params) -> DemoAnswer:
        if unknown := [name for name in params if name not in KNOWN]:
            return _text(400, f"`{unknown[0]}` is unknown parameter")
        try:
            found = search(self.records(), params)
            start = _whole(params.get("pageToken") or "0", 36)
            size = min(_whole(params.get("pageSize") or "0", 10), 1000) or 10
        except BadQuery as error:
            return _text(400, str(error))
        except ValueError:
            return _text(400, "Invalid `pageToken` or `pageSize`")
        first_with_total = params.get("countTotal") == "true" and not start
        page: RawRecord = {"totalCount": len(found)} if first_with_total else {}
        page["studies"] = found[start : start + size]
        if start + size < len(found):
            page["nextPageToken"] = f"{_base36(start + size):0>6}"
        return _json(page)

    def _study(self, match: re.Match[str], params: Params) -> DemoAnswer:
        folder, asked, below, number = match.groups()
        record = next((each for each in self.records() if asked.upper() in names(each)), None)
        internal = folder.startswith("/api/int/")
        if record is None:
            return _text(404, f"NCT number {asked.upper()} not found")
        trial = record["protocolSection"]["identificationModule"]["nctId"]
        if trial != asked.upper():
            place = f"{folder}{trial}{match.string[match.end(2) :]}"
            return DemoAnswer(301, "text/plain", b"", {"Location": place})
        if not internal:
            return NOWHERE if below else _json(record)
        versions = self._story.versions_on(trial, self.day)
        if number is not None:
            return _json(study_version(versions, int(number))) if int(number) < len(versions) else NOWHERE
        document = history(versions)
        if below:
            return _json({"changes": document["changes"]})
        asked_for = {"history": document} if params.get("history") == "true" else {}
        return _json({"study": record, "topics": {}, **asked_for})


def _stamped(record: RawRecord, day: date) -> RawRecord:
    derived = record.setdefault("derivedSection", {})
    derived.setdefault("miscInfoModule", {})["versionHolder"] = day.isoformat()
    return record


def _whole(digits: str, base: int) -> int:
    """Parse a number without sign or separators. Raise ValueError."""
    if not digits.isalnum():
        raise ValueError(digits)
    return int(digits, base)


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return _base36(number // 36) + digits[number % 36] if number else ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, place: tuple[str, int], answer: Callable[[str, Params], DemoAnswer]) -> None:
        super().__init__(place, _Handler)
        self.answer = answer


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        answer = self.server.answer(place.path, dict(parse_qsl(place.query, keep_blank_values=True)))
        body, headers = answer.body, dict(answer.headers)
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = gzip.compress(body, mtime=0), "gzip"
        self.send_response(answer.status)
        for name, value in {"Content-Type": answer.kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing, so that the demo's output is only the program's."""
