"""What a registry is: one object of facts, and the two doors behind it, its reader and its client. No I/O here.

Everything that knows registries by name asks the object. The objects are listed in `tracker.registries.listed`.
Importing one is cheap: it imports its reader and its client when they are first needed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

import msgspec

from tracker.errors import RegistryError

if TYPE_CHECKING:
    from schedules.calendars import Calendar
    from schedules.clock import Clock
    from tracker.http.polite_client import PoliteClient
    from tracker.records.trial import TrialRecord
    from tracker.registries.id_family import IdFamily
    from tracker.registries.search import SearchLanguage

__all__ = [
    "Answer",
    "Batch",
    "Client",
    "Gone",
    "Links",
    "NotKept",
    "ObsoleteIdClaim",
    "Past",
    "PastVersion",
    "RawTrial",
    "Reader",
    "Reading",
    "Redirected",
    "Registry",
    "RegistrySettings",
    "SettingsBeforeHttp",
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
    """One registry, ready to be asked. `past`: its history of records, if it gives one out."""

    name: str
    past: Past | None

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


class Reader:
    """How the documents of one registry are understood. Pure. A new registry overrides what differs from the defaults.

    `normalizer`: raised whenever a document would be read differently. `known_paths`: what every record has, for the
    guards of a whole run.
    """

    normalizer: int = 1
    known_paths: frozenset[str] = frozenset()

    def light_hash(self, document: dict[str, Any]) -> str:
        """Equal hashes: surely unchanged. Unequal: look closer. Cheap, for every document of every poll."""
        raise NotImplementedError

    def parts(self, document: dict[str, Any]) -> Mapping[str, str]:
        """A hash of the content of each part of a document, by its path. Noise does not move them."""
        raise NotImplementedError

    def read(self, document: dict[str, Any]) -> Reading:
        """Understand one document. Raises RecordError when it cannot be: the caller quarantines it."""
        raise NotImplementedError

    def read_past(self, document: dict[str, Any]) -> Reading:
        """As `read`, for a document of the registry's history; the sections that never has are noted as absent."""
        return self.read(document)

    def read_held(self, document: dict[str, Any]) -> Reading:
        """As `read`, for a stored document of either kind, told apart by its shape."""
        return self.read(document)

    def outline(self, document: dict[str, Any]) -> Mapping[str, Any]:
        """The document as a survey of a whole run counts it: which fields are there, by nested keys."""
        return document

    def lost(self, before: dict[str, Any], after: dict[str, Any], /) -> str:  # noqa: ARG002
        """Why `after` looks like a damaged copy of a record, beside `before`; "" when it does not.

        One such answer is not believed; the same on newer data is.
        """
        return ""

    def muted(self, before: dict[str, Any], after: dict[str, Any], /) -> list[tuple[str, str]]:  # noqa: ARG002
        """What differs between two documents and makes no change: paths, each with the reason."""
        return []


class Links(NamedTuple):
    """Addresses of the registry's own pages of a trial, for people; "" for what there is not."""

    page: str = ""
    history: str = ""
    results: str = ""


class RegistrySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table of the config file that bears the registry's name. `url`: where it is asked, without a path.

    `requests_per_second`: None for half of what the first registry of the list has.
    """

    url: str
    requests_per_second: float | None = None


class SettingsBeforeHttp(RegistrySettings, frozen=True, forbid_unknown_fields=True):
    """A table that is older than `[http]`: it takes `contact` and `proxy` too, with the meaning they have there."""

    contact: str = ""
    proxy: str = ""


class Registry(ABC):
    """One registry. A class attribute is a fact; `reader` is its pure half, `connect` makes the other.

    `settings`: the defaults of its table; the type is the table's. `calendar`: when it publishes, None for a registry
    that is looked at once a day.
    """

    name: ClassVar[str]
    ids: ClassVar[IdFamily]
    settings: ClassVar[RegistrySettings]
    calendar: ClassVar[Calendar | None] = None

    @property
    @abstractmethod
    def reader(self) -> Reader:
        """How its documents are understood. Imported here: it is most of what a registry weighs."""

    @abstractmethod
    def connect(self, http: PoliteClient, settings: RegistrySettings, clock: Clock) -> Client:
        """Its client, which asks through `http` and nothing else. Asks nothing yet."""

    @abstractmethod
    def links(self, trial: str) -> Links:
        """Where people read this trial's record for themselves."""

    @property
    def search(self) -> SearchLanguage | None:
        """What a search of it is written in; None when it cannot be searched."""
        return None

    def is_record(self, document: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Whether an object that stands in a file is a record as this registry gives it out, which can be imported."""
        return False

    # The reader's answers, asked of the registry: a step of a poll holds one object.

    @property
    def normalizer(self) -> int:
        return self.reader.normalizer

    @property
    def known_paths(self) -> frozenset[str]:
        return self.reader.known_paths

    def light_hash(self, document: dict[str, Any]) -> str:
        return self.reader.light_hash(document)

    def parts(self, document: dict[str, Any]) -> Mapping[str, str]:
        return self.reader.parts(document)

    def outline(self, document: dict[str, Any]) -> Mapping[str, Any]:
        return self.reader.outline(document)

    def lost(self, before: dict[str, Any], after: dict[str, Any], /) -> str:
        return self.reader.lost(before, after)

    def muted(self, before: dict[str, Any], after: dict[str, Any], /) -> list[tuple[str, str]]:
        return self.reader.muted(before, after)

    def read(self, document: dict[str, Any]) -> Reading:
        return self.reader.read(document)

    def read_past(self, document: dict[str, Any]) -> Reading:
        return self.reader.read_past(document)

    def read_held(self, document: dict[str, Any]) -> Reading:
        return self.reader.read_held(document)
