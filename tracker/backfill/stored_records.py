"""Read stored versions back as records: always from the raw document, always with today's normalizer.

If today's reader cannot read one, it raises UnreadableVersion, which names the trial and the version.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, TypeVar

import orjson
from sqlmodel import Session

from storage.documents.reading import load, load_many
from storage.reads.in_session import SessionReader
from storage.tables.models import SnapshotRow, TrialRow
from storage.values.batches import batches
from storage.values.states import ResultsState, VersionSource
from storage.versions import history, trials
from tracker.changes.reported.compare import ReportedSides
from tracker.changes.version import Version
from tracker.errors import RecordError, TrialwatchError, UnreadableVersion
from tracker.isolation import one_record, without_frames
from tracker.recording.reported_sides import reported_sides
from tracker.records.dates import earliest
from tracker.records.json_objects import RawRecord
from tracker.records.results.reported import Reported
from tracker.records.text import one_line
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
    "titles_of",
]

_AT_ONCE = 50
_Found = TypeVar("_Found")


class _Read(NamedTuple):
    """What was read in a block of `each_read_once`, by trial and version."""

    records: dict[tuple[str, int], TrialRecord | UnreadableVersion]
    milestones: dict[tuple[str, int], Milestones]


_READ: ContextVar[_Read | None] = ContextVar("read", default=None)
"""What was read in a block of `each_read_once`. None outside of one."""


def raw_of(session: Session, version: SnapshotRow) -> RawRecord:
    """Return the raw document of a version. Raise storage's Damaged if its bytes are not what was stored."""
    document: RawRecord = orjson.loads(load(SessionReader(session), version.raw_sha256))
    return document


def record_of(session: Session, version: SnapshotRow) -> TrialRecord:
    """Return the record of a version. Raise UnreadableVersion."""
    return next(records_of(session, [version]))


def records_of(session: Session, versions: Sequence[SnapshotRow]) -> Iterator[TrialRecord]:
    """Yield the records of versions, in order, with only a few in memory. Raise UnreadableVersion."""
    for _, found in _records(session, versions):
        if isinstance(found, UnreadableVersion):
            raise found
        yield found


def readable_of(
    session: Session, versions: Sequence[SnapshotRow], left_out: list[UnreadableVersion]
) -> Iterator[tuple[SnapshotRow, TrialRecord]]:
    """Yield each version with its record. Versions that cannot be read go into `left_out`, for the caller to report."""
    for version, found in _records(session, versions):
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


def _records(
    session: Session, versions: Sequence[SnapshotRow]
) -> Iterator[tuple[SnapshotRow, TrialRecord | UnreadableVersion]]:
    known = _READ.get()
    return _each(session, versions, known.records if known else None, _record)


def _each(
    session: Session,
    versions: Sequence[SnapshotRow],
    known: dict[tuple[str, int], _Found] | None,
    read: Callable[[SnapshotRow, Registry, RawRecord], _Found],
) -> Iterator[tuple[SnapshotRow, _Found]]:
    """Yield what `read` makes of each version, in order, a few documents at a time. `known`: what was read before."""
    registries: dict[str, Registry] = {}
    for some in batches(versions, _AT_ONCE):
        unread = [it for it in some if known is None or (it.trial, it.version) not in known]
        raws = load_many(SessionReader(session), [version.raw_sha256 for version in unread])
        for version in some:
            key = version.trial, version.version
            if known is not None and key in known:
                yield version, known[key]
                continue
            if version.trial not in registries:
                registries[version.trial] = _registry(session, version.trial)
            found = read(version, registries[version.trial], orjson.loads(raws[version.raw_sha256]))
            if known is not None:
                known[key] = found
            yield version, found


def _record(version: SnapshotRow, registry: Registry, document: RawRecord) -> TrialRecord | UnreadableVersion:
    reader = _reader(version, registry)
    try:
        with one_record("reading", version.trial):
            return reader(document)
    except RecordError as error:
        found = UnreadableVersion(version.trial, version.version, error.message)
        found.__cause__ = error
        return found


def _reader(version: SnapshotRow, registry: Registry) -> Callable[[RawRecord], TrialRecord]:
    if version.source == VersionSource.PAGE:
        return lambda document: trialpage.read(document).record
    return registry.past_record if version.source == VersionSource.BACKFILL else registry.record


def _registry(session: Session, trial: str) -> Registry:
    row = session.get(TrialRow, trial)
    if row is None or row.registry_name not in REGISTRIES:
        raise TrialwatchError(f"{trial} comes from a registry this program cannot read", subject=trial)
    return REGISTRIES[row.registry_name]


def milestones_of(session: Session, versions: Sequence[SnapshotRow]) -> Iterator[Milestones]:
    """Yield dates and results of versions of one trial, in order, the results without their summaries.

    This costs a fraction of `records_of`. Raise UnreadableVersion.
    """
    known = _READ.get()
    for _, found in _each(session, versions, known.milestones if known else None, _milestones):
        yield found


def _milestones(version: SnapshotRow, registry: Registry, document: RawRecord) -> Milestones:
    try:
        with one_record("reading", version.trial):
            if version.source == VersionSource.PAGE:
                record = trialpage.read(document).record
                return Milestones(record.dates, record.results)
            return registry.milestones(document, ResultsState(version.results) if version.results else None)
    except RecordError as error:
        raise UnreadableVersion(version.trial, version.version, error.message) from error


def reported_of(session: Session, version: SnapshotRow) -> Reported | None:
    """Return all results that a version reports, or None if it has none. Raise UnreadableVersion."""
    try:
        with one_record("reading the results of", version.trial):
            return _registry(session, version.trial).reported(raw_of(session, version))
    except RecordError as error:
        raise UnreadableVersion(version.trial, version.version, error.message) from error


def reported_step(session: Session, trial: str, before: str, after: str) -> ReportedSides:
    """Return what two stored documents of a trial report. They are named by the SHA-256 of their raw bytes."""
    raws = load_many(SessionReader(session), [before, after])
    return reported_sides(_registry(session, trial), orjson.loads(raws[before]), orjson.loads(raws[after]), trial)


def registered_of(session: Session, version: SnapshotRow, reported: Reported) -> RegisteredReport:
    """Hold what a version reports against the versions from before the posting. Raise UnreadableVersion.

    Older versions that cannot be read are left out: they say nothing about what was registered.
    """
    timeline = history.timeline(session, version.trial)
    numbers = [it.version for it in timeline]
    before = timeline[: numbers.index(version.version)] if version.version in numbers else []
    past = [(_day_of(row), record) for row, record in readable_of(session, before, [])]
    return registered_against_reported(past, record_of(session, version), reported.measures)


def past_of(session: Session, trial: str) -> list[Version]:
    """Return all readable versions of a trial in timeline order, each with its day.

    Rarely needed, because it reads every document. A version that cannot be read is skipped, so that it does not stop
    the present from being reported.
    """
    found = readable_of(session, history.timeline(session, trial), [])
    return [Version(_day_of(version), record) for version, record in found]


def _day_of(version: SnapshotRow) -> dt.date:
    return earliest(version.effective) or version.observed_at.date()


def titles_of(session: Session, names: Iterable[str]) -> dict[str, str]:
    """Return the brief title of each trial in its current version. Trials without a version are left out."""
    return {row.trial: one_line(row.title) for row in trials.listing(session, names) if row.title}
