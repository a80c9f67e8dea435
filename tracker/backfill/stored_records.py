"""Read stored versions back as records: always from the raw document, always with today's normalizer.

If today's reader cannot read one, it raises UnreadableVersion, which names the trial and the version.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, Protocol, TypeVar

import orjson

from storage.documents.read_documents import load, load_many
from storage.reads.row_reader import RowReader
from storage.reads.trials.versions import REGISTRY, of_trial
from storage.values.batches import batches
from storage.values.states import ResultsState, VersionSource
from tracker.changes.reported.compare import ReportedSides
from tracker.changes.version import Version
from tracker.errors import RecordError, TrialwatchError, UnreadableVersion
from tracker.isolation import one_record, without_frames
from tracker.recording.reported_sides import reported_sides
from tracker.records.dates import earliest
from tracker.records.json_objects import RawRecord
from tracker.records.results.reported import Reported
from tracker.records.trial import TrialRecord
from tracker.registries import trialpage
from tracker.registries.listed import REGISTRIES
from tracker.registries.registry import Milestones, Registry
from tracker.results.registered.registered import RegisteredReport, registered_against_reported

__all__ = [
    "each_read_once",
    "milestones_of",
    "past_of",
    "raw_of",
    "readable_of",
    "record_of",
    "records_of",
    "registered_of",
    "reported_of",
    "reported_step",
]

_AT_ONCE = 50
_Found = TypeVar("_Found")


class RawVersion(Protocol):
    """What reading a version needs to know of it."""

    @property
    def trial(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def raw_sha256(self) -> str: ...
    @property
    def effective(self) -> str: ...
    @property
    def observed_at(self) -> dt.datetime: ...
    @property
    def source(self) -> str: ...
    @property
    def results(self) -> str | None: ...


V = TypeVar("V", bound=RawVersion)


class _Read(NamedTuple):
    """What was read in a block of `each_read_once`, by trial and version."""

    records: dict[tuple[str, int], TrialRecord | UnreadableVersion]
    milestones: dict[tuple[str, int], Milestones]


_READ: ContextVar[_Read | None] = ContextVar("read", default=None)
"""What was read in a block of `each_read_once`. None outside of one."""


def raw_of(reader: RowReader, version: RawVersion) -> RawRecord:
    """Return the raw document of a version. Raise storage's Damaged if its bytes are not what was stored."""
    document: RawRecord = orjson.loads(load(reader, version.raw_sha256))
    return document


def record_of(reader: RowReader, version: RawVersion) -> TrialRecord:
    """Return the record of a version. Raise UnreadableVersion."""
    return next(records_of(reader, [version]))


def records_of(reader: RowReader, versions: Sequence[RawVersion]) -> Iterator[TrialRecord]:
    """Yield the records of versions, in order, with only a few in memory. Raise UnreadableVersion."""
    for _, found in _records(reader, versions):
        if isinstance(found, UnreadableVersion):
            raise found
        yield found


def readable_of(
    reader: RowReader, versions: Sequence[V], left_out: list[UnreadableVersion]
) -> Iterator[tuple[V, TrialRecord]]:
    """Yield each version with its record. Versions that cannot be read go into `left_out`, for the caller to report."""
    for version, found in _records(reader, versions):
        if isinstance(found, UnreadableVersion):
            left_out.append(without_frames(found))
        else:
            yield version, found


@contextmanager
def each_read_once() -> Iterator[None]:
    """Read each version at most once while the block runs, for a page that asks several questions about one trial.

    The records stay in memory until then.
    """
    token = _READ.set(_Read({}, {}))
    try:
        yield
    finally:
        _READ.reset(token)


def _records(reader: RowReader, versions: Sequence[V]) -> Iterator[tuple[V, TrialRecord | UnreadableVersion]]:
    known = _READ.get()
    return _each(reader, versions, known.records if known else None, _record)


def _each(
    reader: RowReader,
    versions: Sequence[V],
    known: dict[tuple[str, int], _Found] | None,
    read: Callable[[RawVersion, Registry, RawRecord], _Found],
) -> Iterator[tuple[V, _Found]]:
    """Yield what `read` makes of each version, in order, a few documents at a time. `known`: what was read before."""
    registries: dict[str, Registry] = {}
    for some in batches(versions, _AT_ONCE):
        unread = [it for it in some if known is None or (it.trial, it.version) not in known]
        raws = load_many(reader, [version.raw_sha256 for version in unread])
        for version in some:
            key = version.trial, version.version
            if known is not None and key in known:
                yield version, known[key]
                continue
            if version.trial not in registries:
                registries[version.trial] = _registry(reader, version.trial)
            found = read(version, registries[version.trial], orjson.loads(raws[version.raw_sha256]))
            if known is not None:
                known[key] = found
            yield version, found


def _record(version: RawVersion, registry: Registry, document: RawRecord) -> TrialRecord | UnreadableVersion:
    reader = _reader(version, registry)
    try:
        with one_record("reading", version.trial):
            return reader(document)
    except RecordError as error:
        found = UnreadableVersion(version.trial, version.version, error.message)
        found.__cause__ = error
        return found


def _reader(version: RawVersion, registry: Registry) -> Callable[[RawRecord], TrialRecord]:
    if version.source == VersionSource.PAGE:
        return lambda document: trialpage.read(document).record
    return registry.past_record if version.source == VersionSource.BACKFILL else registry.record


def _registry(reader: RowReader, trial: str) -> Registry:
    row = reader.first(REGISTRY, trial=trial)
    if row is None or row.registry_name not in REGISTRIES:
        raise TrialwatchError(f"{trial} comes from a registry this program cannot read", subject=trial)
    return REGISTRIES[row.registry_name]


def milestones_of(reader: RowReader, versions: Sequence[RawVersion]) -> Iterator[Milestones]:
    """Yield dates and results of versions of one trial, in order, the results without their summaries.

    This costs a fraction of `records_of`. Raise UnreadableVersion.
    """
    known = _READ.get()
    for _, found in _each(reader, versions, known.milestones if known else None, _milestones):
        yield found


def _milestones(version: RawVersion, registry: Registry, document: RawRecord) -> Milestones:
    try:
        with one_record("reading", version.trial):
            if version.source == VersionSource.PAGE:
                record = trialpage.read(document).record
                return Milestones(record.dates, record.results)
            return registry.milestones(document, ResultsState(version.results) if version.results else None)
    except RecordError as error:
        raise UnreadableVersion(version.trial, version.version, error.message) from error


def reported_of(reader: RowReader, version: RawVersion) -> Reported | None:
    """Return all results that a version reports, or None if it has none. Raise UnreadableVersion."""
    try:
        with one_record("reading the results of", version.trial):
            return _registry(reader, version.trial).reported(raw_of(reader, version))
    except RecordError as error:
        raise UnreadableVersion(version.trial, version.version, error.message) from error


def reported_step(reader: RowReader, trial: str, before: str, after: str) -> ReportedSides:
    """Return what two stored documents of a trial report. They are named by the SHA-256 of their raw bytes."""
    raws = load_many(reader, [before, after])
    return reported_sides(_registry(reader, trial), orjson.loads(raws[before]), orjson.loads(raws[after]), trial)


def registered_of(reader: RowReader, version: RawVersion, reported: Reported) -> RegisteredReport:
    """Hold what a version reports against the versions from before the posting. Raise UnreadableVersion.

    Older versions that cannot be read are left out: they say nothing about what was registered.
    """
    timeline = of_trial(reader, version.trial).timeline
    numbers = [it.version for it in timeline]
    before = timeline[: numbers.index(version.version)] if version.version in numbers else []
    past = [(_day_of(row), record) for row, record in readable_of(reader, before, [])]
    return registered_against_reported(past, record_of(reader, version), reported.measures)


def past_of(reader: RowReader, trial: str) -> list[Version]:
    """Return all readable versions of a trial in timeline order, each with its day.

    Rarely needed, because it reads every document. A version that cannot be read is skipped, so that it does not stop
    the present from being reported.
    """
    found = readable_of(reader, of_trial(reader, trial).timeline, [])
    return [Version(_day_of(version), record) for version, record in found]


def _day_of(version: RawVersion) -> dt.date:
    return earliest(version.effective) or version.observed_at.date()
