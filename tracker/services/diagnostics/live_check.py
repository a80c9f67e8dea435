"""Seven polite requests to the live registries that test what this program assumes about them.

The answers are not stored, and no trial is watched. The headers of the answers go into a report, which can be sent to
the authors if an assumption does not hold.
"""

from __future__ import annotations

import platform
import re
import ssl
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tracker import __version__
from tracker.changes.wording.words import count_of, status_words
from tracker.context.context import Context
from tracker.errors import Blocked, RegistryError, TrialwatchError
from tracker.http.polite_client import Exchange
from tracker.http.user_agent import HTTPX_TOKEN
from tracker.records.clean import clean
from tracker.registries.answers import Batch, RawTrial, Redirected, Unread
from tracker.registries.ctgov.client import CtgovClient
from tracker.registries.ctgov.query_language import quoted

__all__ = ["Asked", "LiveAnswer", "LiveCheck", "Subjects", "report_of"]

_SHOWN_HEADERS = (
    "content-type",
    "content-encoding",
    "content-length",
    "server",
    "via",
    "etag",
    "location",
    "retry-after",
    "set-cookie",
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_TWELVE = ("liver cancer", "hepatocellular carcinoma", "cirrhosis of the liver", "bile duct cancer", "hepatoma")


@dataclass(frozen=True, slots=True)
class Subjects:
    """What is requested: a trial, an obsolete number of another, 200 numbers, and one page of the EU register."""

    trial: str = "NCT05349331"
    obsolete: str = "NCT00201097"
    many: tuple[str, ...] = tuple(f"NCT{number:08d}" for number in range(4_280_701, 4_280_901))
    page: str = "EUCTR2011-005852-33-PT"


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """What one request showed. `holds` is None if the assumption does not hold and the program can do without it."""

    question: str
    holds: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One request with its result, and the exchanges it took."""

    found: LiveAnswer
    exchanges: tuple[Exchange, ...]


class _Otherwise(TrialwatchError):
    """The registry answered, but not as assumed."""


@dataclass(slots=True)
class LiveCheck:
    """Makes the requests, one after the other. Pass `heard.append` to the clients of `context` as their listener."""

    context: Context
    heard: list[Exchange]
    subjects: Subjects = field(default_factory=Subjects)

    def run(self, progress: Callable[[str, int, int], None]) -> list[Asked]:
        """Make all seven requests. If one fails, the failure is its answer."""
        questions: Mapping[str, Callable[[], str]] = {
            "version": self._version,
            "one trial": self._one_trial,
            "an obsolete number": self._obsolete,
            "200 numbers in one request": self._many,
            "a search of twelve words": self._search,
            "the history of a trial": self._history,
            "a page of the EU register": self._page,
        }
        asked = []
        for number, (name, question) in enumerate(questions.items()):
            progress("Asking the registries", number, len(questions))
            before = len(self.heard)
            found = self._answer(name, question)
            asked.append(Asked(found, tuple(self.heard[before:])))
        return asked

    def _answer(self, name: str, question: Callable[[], str]) -> LiveAnswer:
        try:
            return LiveAnswer(name, True, question())
        except Blocked as error:
            if name == "the history of a trial":
                return LiveAnswer(name, None, f"{error.message}. Everything else works without it")
            return LiveAnswer(name, False, error.message)
        except TrialwatchError as error:
            return LiveAnswer(name, False, error.message)

    @property
    def _ctgov(self) -> CtgovClient:
        client = self.context.clients["ctgov"]
        assert isinstance(client, CtgovClient)
        return client

    def _version(self) -> str:
        return f"data of {self._ctgov.data_timestamp()}"

    def _one_trial(self) -> str:
        answer = _record(self._ctgov.one(self.subjects.trial), self.subjects.trial)
        reading = self.context.registries["ctgov"].read(answer.value)
        warnings = f"; odd in it: {'; '.join(reading.record.warnings[:3])}" if reading.record.warnings else ""
        return f"{answer.trial} is read: {status_words(reading.record.status)}{warnings}"

    def _obsolete(self) -> str:
        asked = self.subjects.obsolete
        batch = self._ctgov.one(asked)
        for answer in batch.answers:
            if isinstance(answer, Redirected):
                return f"{asked} leads to {answer.trial}"
        _raise_unread(batch)
        raise _Otherwise(f"{asked} does not lead to the trial that took its place: {batch.answers}", subject=asked)

    def _many(self) -> str:
        asked = self.subjects.many
        params = {"filter.ids": "|".join(asked), "fields": "NCTId"}
        found = {raw.trial for raw in self._ctgov.search(params, len(asked))}
        if strange := found - set(asked):
            raise _Otherwise(f"the list holds {min(strange)!r}, which was not asked for", subject=min(strange))
        if not found:
            raise _Otherwise("none of the numbers was found", subject="filter.ids")
        return f"{count_of(len(found), 'record')} for {len(asked)} numbers"

    def _search(self) -> str:
        found = self._ctgov.count({"query.cond": " OR ".join(map(quoted, _TWELVE))})
        return f"it finds {count_of(found, 'trial')}"

    def _history(self) -> str:
        past = self.context.clients["ctgov"].past
        assert past is not None
        return f"{count_of(len(past.versions(self.subjects.trial)), 'version')} of {self.subjects.trial}"

    def _page(self) -> str:
        registry = self.context.registries["euctr"]
        [batch] = self.context.clients[registry.name].fetch([self.subjects.page])
        answer = _record(batch, self.subjects.page)
        return f"{answer.trial} is read: {status_words(registry.read(answer.value).record.status)}"


def _record(batch: Batch, trial: str) -> RawTrial:
    """Return the one record of an answer. Raise the error that kept it from being read."""
    for answer in batch.answers:
        if isinstance(answer, RawTrial) and not answer.problem:
            return answer
        if isinstance(answer, RawTrial):
            raise _Otherwise(f"{trial} came, and cannot be read: {answer.problem}", subject=trial)
    _raise_unread(batch)
    raise _Otherwise(f"{trial} is not there", subject=trial)


def _raise_unread(batch: Batch) -> None:
    unread: RegistryError | None = next((it.error for it in batch.answers if isinstance(it, Unread)), None)
    if unread is not None:
        raise unread


def report_of(asked: Sequence[Asked], now: datetime) -> str:
    """Return the report as text: versions, and the headers of every answer. No contact, proxy or mail address."""
    lines = [
        f"Trialwatch {__version__}, live check of {now:%Y-%m-%d %H:%M} UTC",
        f"Python {platform.python_version()} on {sys.platform} {platform.machine()}, {HTTPX_TOKEN}, "
        f"{ssl.OPENSSL_VERSION}",
    ]
    for it in asked:
        word = {True: "holds", False: "DOES NOT HOLD", None: "does not hold, and is not needed"}[it.found.holds]
        lines += ["", f"## {it.found.question}: {word}", _harmless(it.found.detail)]
        for exchange in it.exchanges:
            lines += ["", f"GET {_harmless(exchange.url)}", f"status {exchange.status or 'none: no answer came'}"]
            shown = [name for name in _SHOWN_HEADERS if name in exchange.headers]
            lines += [f"{name}: {_header(name, exchange.headers[name])}" for name in shown]
            lines += [_harmless(exchange.head.decode("utf-8", "replace"))] if exchange.head else []
    return "\n".join(lines) + "\n"


def _header(name: str, value: str) -> str:
    """Return a header's value. For a cookie, return only its name."""
    return _harmless(value.partition("=")[0] + "=..." if name == "set-cookie" else value)


def _harmless(text: str) -> str:
    return clean(_MAIL.sub("<mail address>", text))
