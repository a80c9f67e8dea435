"""What every registry offers the poll, and what the poll gives it. No I/O here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from tracker.errors import RegistryError
from tracker.records.trial import TrialRecord

__all__ = [
    "Answer",
    "Batch",
    "Client",
    "Gone",
    "NotKept",
    "ObsoleteIdClaim",
    "Past",
    "PastVersion",
    "RawTrial",
    "Reading",
    "Redirected",
    "Registry",
    "Unread",
]


@dataclass(frozen=True, slots=True)
class RawTrial:
    """One record as a registry gave it. `value` is its decoded JSON, None when `problem` says why it cannot be decoded.

    `trial` is the id the record itself claims; empty when it cannot be told. `body` is the exact bytes of the record
    when `problem` is set (for the quarantine), else empty: the canonical form of `value` is kept instead.
    """

    trial: str
    value: Any
    url: str
    problem: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Redirected:
    """Asked for alone, the registry answered `asked` with the record of `trial`, or sent us there.

    That is one side's word. `Claim` is the other's; only both together make `asked` an obsolete id.
    """

    asked: str
    trial: str


@dataclass(frozen=True, slots=True)
class ObsoleteIdClaim:
    """The record of `trial` lists `alias` as an obsolete id of its own. `alias` was asked for, and may be alive."""

    alias: str
    trial: str


@dataclass(frozen=True, slots=True)
class Gone:
    """Asked for alone, the registry said 404 or 410. One such answer is not yet `trial.gone`."""

    trial: str
    status: int


@dataclass(frozen=True, slots=True)
class Unread:
    """This trial could not be read in this run, and why. Its mark stays, so the next run asks again."""

    trial: str
    error: RegistryError


Answer = RawTrial | Redirected | Gone | Unread


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of one group of ids. Every id asked for is in exactly one of the answers.

    Records of trials that were not asked for come along when they claim one of the ids (`claims`), or when an id's own
    address leads to them (`Redirected`).
    """

    answers: tuple[Answer, ...]
    notices: tuple[str, ...] = field(default=())
    claims: tuple[ObsoleteIdClaim, ...] = field(default=())


class Client(Protocol):
    """One registry, ready to be asked."""

    name: str

    @property
    def requests(self) -> int:
        """Requests sent so far, further attempts included."""
        ...

    def data_timestamp(self) -> str:
        """The registry's own mark of its data, as text that sorts by time. Raises RegistryError."""
        ...

    def fetch(self, trials: Iterable[str]) -> Iterator[Batch]:
        """Full records of these ids, group by group. Failures are answers (`Unread`), not exceptions."""
        ...


class PastVersion(NamedTuple):
    """One version of a trial as the registry's own history lists it: its number there, and when it was submitted."""

    number: int
    submitted: str


class NotKept(Exception):
    """A version that is listed and was not collected. Those that were are placed all the same."""


class Past(Protocol):
    """A registry that keeps its records' earlier versions and gives them out, one request each; or what a person has
    collected of them.
    """

    @property
    def requests(self) -> int: ...

    def versions(self, trial: str) -> tuple[PastVersion, ...]:
        """All versions, oldest first. Raises RegistryError; NotThere when there is no such history."""
        ...

    def version(self, trial: str, number: int) -> dict[str, Any]:
        """One version's document as the registry gives it, for `Registry.read_past`. Raises RegistryError, NotKept."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """One raw document, understood. Days are ISO text, empty when the document does not say.

    `content_hash` answers "did the page change?"; `data_day` is the day of the data set the document came from;
    `posted` and `submitted` are the record's own last post and submit dates.
    """

    record: TrialRecord
    content_hash: str
    data_day: str
    posted: str
    submitted: str


class Registry(Protocol):
    """A registry as the poll knows it: how it is asked, and how what it says is read. Reading is pure."""

    name: str
    client: Client
    past: Past | None
    normalizer: int
    known_paths: frozenset[str]

    def light_hash(self, document: dict[str, Any]) -> str:
        """Equal hashes: surely unchanged. Unequal: look closer. Cheap, for every document of every poll."""
        ...

    def parts(self, document: dict[str, Any]) -> Mapping[str, str]:
        """A hash of the content of each part of a document, by its path. Noise does not move them."""
        ...

    def outline(self, document: dict[str, Any]) -> Mapping[str, Any]:
        """The document as a survey of a whole run counts it: which fields are there, by nested keys."""
        ...

    def lost(self, before: dict[str, Any], after: dict[str, Any], /) -> str:
        """Why `after` looks like a damaged copy of a record, beside `before`; "" when it does not.

        One such answer is not believed; the same on newer data is.
        """
        ...

    def read(self, document: dict[str, Any]) -> Reading:
        """Understand one document. Raises RecordError when it cannot be: the caller quarantines it."""
        ...

    def read_past(self, document: dict[str, Any]) -> Reading:
        """As `read`, for a document of the registry's history; the sections that never has are noted as absent."""
        ...

    def read_held(self, document: dict[str, Any]) -> Reading:
        """As `read`, for a document of either kind, told apart by its shape."""
        ...
