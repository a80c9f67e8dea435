"""What a registry is: one object with its facts, its reader and its client. No I/O here.

Code that depends on the registry asks the object. `tracker.registries.listed` lists the objects. Importing one is
cheap, because it imports its reader and its client only when they are first needed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

import msgspec

from tracker.records.json_objects import RawRecord

if TYPE_CHECKING:
    from schedules.calendars import Calendar
    from schedules.clock import Clock
    from storage.values.states import ResultsState
    from tracker.http.polite_client import PoliteClient
    from tracker.records.results.reported import Reported
    from tracker.records.trial import Dates, Results, TrialRecord
    from tracker.registries.answers import Batch, KnownAnswers
    from tracker.registries.id_family import IdFamily
    from tracker.registries.search import SearchLanguage

__all__ = [
    "Client",
    "Links",
    "Milestones",
    "NotKept",
    "Past",
    "PastVersion",
    "Reader",
    "Reading",
    "Registry",
    "RegistrySettings",
    "SettingsBeforeHttp",
]


class Client(Protocol):
    """The client of one registry."""

    name: str
    #: The registry's history of records, if it publishes one.
    past: Past | None

    @property
    def requests(self) -> int:
        """Return the number of requests sent so far, including retries."""
        ...

    def data_timestamp(self) -> str:
        """Return the registry's data timestamp, as text that sorts by time. Raise RegistryError."""
        ...

    def fetch(self, trials: Sequence[str], known: KnownAnswers = ...) -> Iterator[Batch]:
        """Yield the full records of these ids, one group at a time. Failures are answers (`Unread`), not exceptions.

        A record that `known` has already may be answered with `SameBytes`. It is asked once for each group.
        """
        ...


class PastVersion(NamedTuple):
    """One version of a trial as the registry's history lists it: its number there, and its submission date."""

    number: int
    submitted: str


class NotKept(Exception):
    """A version is listed but was not collected. The versions that were collected are inserted all the same."""


class Past(Protocol):
    """Earlier versions of records, one request each. Either from the registry itself, or collected by a person."""

    @property
    def requests(self) -> int: ...

    def versions(self, trial: str) -> tuple[PastVersion, ...]:
        """Return all versions, oldest first. Raise RegistryError, or NotThere if there is no such history."""
        ...

    def version(self, trial: str, number: int) -> RawRecord:
        """Return one version's document as the registry gives it, for `Registry.read_past`. Raise RegistryError or
        NotKept.
        """
        ...


class Reading(NamedTuple):
    """The content of one raw document. Days are ISO text, and empty if the document does not give them."""

    record: TrialRecord
    #: Differs if the page has changed.
    content_hash: str
    #: The day of the data set that the document came from.
    data_day: str
    #: The record's own last post date.
    posted: str
    #: The record's own last submit date.
    submitted: str
    #: Those of the record's warnings that report a new word of the registry.
    new_words: tuple[str, ...] = ()


class Milestones(NamedTuple):
    """Where a trial stood in one version: its dates, and its results without their summary."""

    dates: Dates
    results: Results


class Reader:
    """Reads the documents of one registry. Pure. A new registry overrides what differs from the defaults."""

    #: Raised when the same document begins to give another reading.
    normalizer: int = 1
    #: Paths that all records have, for the guards of a whole run.
    known_paths: frozenset[str] = frozenset()

    def light_hash(self, document: RawRecord) -> str:
        """Return a cheap hash, for each document of each poll. If it is equal, nothing has changed. If not, a full
        check follows.
        """
        raise NotImplementedError

    def parts(self, document: RawRecord) -> Mapping[str, str]:
        """Return a hash of the content of each part of a document, by path. Noise does not change the hashes."""
        raise NotImplementedError

    def read(self, document: RawRecord) -> Reading:
        """Read one document. Raise RecordError if it cannot be read: the caller quarantines it."""
        raise NotImplementedError

    def read_past(self, document: RawRecord) -> Reading:
        """As `read`, for a document of the registry's history. Sections that the history never has are marked as
        absent.
        """
        return self.read(document)

    def record(self, document: RawRecord) -> TrialRecord:
        """As `read`, without the hashes: for a version whose hashes are stored already."""
        return self.read(document).record

    def past_record(self, document: RawRecord) -> TrialRecord:
        """As `read_past`, without the hashes."""
        return self.read_past(document).record

    def milestones(self, document: RawRecord, state: ResultsState | None) -> Milestones:  # noqa: ARG002
        """Return the dates and the results of a stored document of either kind, the results without their summary.

        `state`: the results state of the version, None if its source does not tell. This is for a version of which
        nothing else is asked: it may cost far less than a record. Raise RecordError.
        """
        record = self.read_stored(document).record
        return Milestones(record.dates, record.results)

    def read_stored(self, document: RawRecord) -> Reading:
        """As `read`, for a stored document of either kind. Its shape shows which kind it is."""
        return self.read(document)

    def reported(self, document: RawRecord) -> Reported | None:  # noqa: ARG002
        """Return all results that a stored document of either kind reports, or None if it has none.

        Raise RecordError. This is read on demand: it may cost more than all the rest of a record.
        """
        return None

    def outline(self, document: RawRecord) -> Mapping[str, Any]:
        """Return the document's fields as nested keys, for the survey of a whole run."""
        return document

    def lost(self, before: RawRecord, after: RawRecord, /) -> str:  # noqa: ARG002
        """Return why `after` looks like a damaged copy of `before`, or "".

        One such answer is not believed. If newer data says the same, it is.
        """
        return ""

    def muted(self, before: RawRecord, after: RawRecord, /) -> list[tuple[str, str]]:  # noqa: ARG002
        """Return the differences between two documents that make no change: paths, each with the reason."""
        return []


class Links(NamedTuple):
    """Addresses of the registry's own pages of a trial, for people. "" if there is no such page."""

    page: str = ""
    history: str = ""
    results: str = ""


class RegistrySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table of the config file with the registry's name."""

    #: The address of the registry, without a path.
    url: str
    #: None means half of the pace of the first registry.
    requests_per_second: float | None = None


class SettingsBeforeHttp(RegistrySettings, frozen=True, forbid_unknown_fields=True):
    """A table that is older than `[http]`. It also takes `contact` and `proxy`, with the meaning they have there."""

    contact: str = ""
    proxy: str = ""


class Registry(ABC):
    """One registry. Class attributes are its facts, `reader` is its pure half, `connect` makes its client."""

    name: ClassVar[str]
    #: Its name in words, as in a sentence.
    title: ClassVar[str]
    ids: ClassVar[IdFamily]
    #: The defaults of its table. Their type is the type of the table.
    settings: ClassVar[RegistrySettings]
    #: When it publishes. None for a registry that is polled once a day.
    calendar: ClassVar[Calendar | None] = None

    @property
    @abstractmethod
    def reader(self) -> Reader:
        """Return the reader of its documents. Imported here, because the reader is the largest part of a registry."""

    @abstractmethod
    def connect(self, http: PoliteClient, settings: RegistrySettings, clock: Clock) -> Client:
        """Return its client, which sends all requests through `http`. Sends no request yet."""

    @abstractmethod
    def links(self, trial: str) -> Links:
        """Return the pages where people read this trial's record."""

    def version_page(self, trial: str, number: int) -> str:  # noqa: ARG002
        """Return the page of one version, by its number in the registry's history. "" if there is no such page."""
        return ""

    @property
    def search(self) -> SearchLanguage | None:
        """Return the language of its searches. None if it cannot be searched."""
        return None

    def is_record(self, document: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Return True if a JSON object from a file is a record of this registry that can be imported."""
        return False

    # Shortcuts to the reader: a step of a poll then needs only this object.

    @property
    def normalizer(self) -> int:
        return self.reader.normalizer

    @property
    def known_paths(self) -> frozenset[str]:
        return self.reader.known_paths

    def light_hash(self, document: RawRecord) -> str:
        return self.reader.light_hash(document)

    def parts(self, document: RawRecord) -> Mapping[str, str]:
        return self.reader.parts(document)

    def reported(self, document: RawRecord) -> Reported | None:
        return self.reader.reported(document)

    def outline(self, document: RawRecord) -> Mapping[str, Any]:
        return self.reader.outline(document)

    def lost(self, before: RawRecord, after: RawRecord, /) -> str:
        return self.reader.lost(before, after)

    def muted(self, before: RawRecord, after: RawRecord, /) -> list[tuple[str, str]]:
        return self.reader.muted(before, after)

    def read(self, document: RawRecord) -> Reading:
        return self.reader.read(document)

    def read_past(self, document: RawRecord) -> Reading:
        return self.reader.read_past(document)

    def record(self, document: RawRecord) -> TrialRecord:
        return self.reader.record(document)

    def past_record(self, document: RawRecord) -> TrialRecord:
        return self.reader.past_record(document)

    def milestones(self, document: RawRecord, state: ResultsState | None) -> Milestones:
        return self.reader.milestones(document, state)

    def read_stored(self, document: RawRecord) -> Reading:
        return self.reader.read_stored(document)
