"""Stored versions read back as records: always from the raw document, always by today's normalizer.

What today's reader cannot read raises UnreadableVersion, which names the trial and the version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import orjson
from sqlmodel import Session

from storage.documents import documents
from storage.tables.models import SnapshotRow, TrialRow
from storage.values.timeline_order import PAGE
from storage.versions import history, trials
from tracker.changes.version import Version
from tracker.errors import RecordError, TrialwatchError, UnreadableVersion
from tracker.isolation import one_record
from tracker.records.dates import earliest
from tracker.records.text import one_line
from tracker.records.trial import TrialRecord
from tracker.registries import trialpage
from tracker.registries.listed import REGISTRIES
from tracker.registries.registry import Reading

__all__ = ["past_of", "raw_of", "readable_of", "record_of", "records_of", "titles_of"]

_AT_ONCE = 50


def raw_of(session: Session, version: SnapshotRow) -> dict[str, Any]:
    """The raw document of a version. Raises storage's Damaged when its bytes are not what was stored."""
    document: dict[str, Any] = orjson.loads(documents.load(session, version.raw_sha256))
    return document


def record_of(session: Session, version: SnapshotRow) -> TrialRecord:
    """The record a version stands for. Raises UnreadableVersion."""
    return next(records_of(session, [version]))


def records_of(session: Session, versions: Sequence[SnapshotRow]) -> Iterator[TrialRecord]:
    """The records of versions, in their order, a few in memory at once. Raises UnreadableVersion."""
    for _, found in _each(session, versions):
        if isinstance(found, UnreadableVersion):
            raise found
        yield found


def readable_of(
    session: Session, versions: Sequence[SnapshotRow], left_out: list[UnreadableVersion]
) -> Iterator[tuple[SnapshotRow, TrialRecord]]:
    """As `records_of`, with each version; those that cannot be read go into `left_out`, for the caller to name."""
    for version, found in _each(session, versions):
        if isinstance(found, UnreadableVersion):
            left_out.append(found)
        else:
            yield version, found


def _each(
    session: Session, versions: Sequence[SnapshotRow]
) -> Iterator[tuple[SnapshotRow, TrialRecord | UnreadableVersion]]:
    for start in range(0, len(versions), _AT_ONCE):
        some = versions[start : start + _AT_ONCE]
        raws = documents.load_many(session, [version.raw_sha256 for version in some])
        for version in some:
            yield version, _record(session, version, orjson.loads(raws[version.raw_sha256]))


def _record(session: Session, version: SnapshotRow, document: dict[str, Any]) -> TrialRecord | UnreadableVersion:
    reader = _reader(session, version)
    try:
        with one_record("reading", version.trial):
            return reader(document).record
    except RecordError as error:
        found = UnreadableVersion(version.trial, version.version, error.message)
        found.__cause__ = error
        return found


def _reader(session: Session, version: SnapshotRow) -> Callable[..., Reading]:
    if version.source == PAGE:
        return trialpage.read
    trial = session.get(TrialRow, version.trial)
    if trial is None or trial.registry_name not in REGISTRIES:
        raise TrialwatchError(f"{version.trial} comes from a registry this program cannot read", subject=version.trial)
    registry = REGISTRIES[trial.registry_name]
    return registry.read_past if version.source == "backfill" else registry.read


def past_of(session: Session, trial: str) -> list[Version]:
    """All versions of a trial that can be read, in timeline order, each with its day. Rarely asked for: it reads every
    document. One that cannot be read tells nothing of the past, and must not keep the present from being told.
    """
    found = readable_of(session, history.timeline(session, trial), [])
    return [Version(earliest(version.effective) or version.observed_at.date(), record) for version, record in found]


def titles_of(session: Session, names: Iterable[str]) -> dict[str, str]:
    """The brief title of each trial as its current version has it; a trial of no version has none."""
    return {row.trial: one_line(row.title) for row in trials.listing(session, names) if row.title}
