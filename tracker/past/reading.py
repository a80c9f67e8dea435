"""Stored versions read back as records: always from the raw document, always by today's normalizer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
from sqlmodel import Session

from storage import documents, history, trials
from storage.models import Snapshot, Trial
from storage.timeline import PAGE
from tracker.changes.version import Version
from tracker.errors import TrialwatchError
from tracker.records.dates import earliest
from tracker.records.trial import TrialRecord
from tracker.registries import PAGE_READER, PAST_READERS, READERS

__all__ = ["past_of", "raw_of", "record_of", "records_of", "titles_of"]

_AT_ONCE = 50


def raw_of(session: Session, version: Snapshot) -> dict[str, Any]:
    """The raw document of a version. Raises storage's Damaged when its bytes are not what was stored."""
    document: dict[str, Any] = orjson.loads(documents.load(session, version.raw_sha256))
    return document


def record_of(session: Session, version: Snapshot) -> TrialRecord:
    """The record a version stands for."""
    return next(records_of(session, [version]))


def records_of(session: Session, versions: Sequence[Snapshot]) -> Iterator[TrialRecord]:
    """The records of versions, in their order, a few in memory at once."""
    for start in range(0, len(versions), _AT_ONCE):
        some = versions[start : start + _AT_ONCE]
        raws = documents.load_many(session, [version.raw_sha256 for version in some])
        for version in some:
            yield _read(session, version, orjson.loads(raws[version.raw_sha256]))


def _read(session: Session, version: Snapshot, document: dict[str, Any]) -> TrialRecord:
    if version.source == PAGE:
        return PAGE_READER(document).record
    trial = session.get(Trial, version.trial)
    if trial is None or trial.registry_name not in READERS:
        raise TrialwatchError(f"{version.trial} comes from a registry this program cannot read", subject=version.trial)
    readers = PAST_READERS if version.source == "backfill" else READERS
    return readers[trial.registry_name](document).record


def past_of(session: Session, trial: str) -> list[Version]:
    """All versions of a trial, in timeline order, each with its day. Rarely asked for: it reads every document."""
    versions = history.timeline(session, trial)
    days = [earliest(version.effective) or version.observed_at.date() for version in versions]
    return [Version(day, record) for day, record in zip(days, records_of(session, versions), strict=True)]


def titles_of(session: Session, names: Iterable[str]) -> dict[str, str]:
    """The brief title of each trial as its current version has it; a trial of no version has none."""
    return {row.trial: row.title for row in trials.listing(session, names) if row.title}
