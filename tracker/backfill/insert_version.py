"""The one way into a timeline for everything but polls: read what the decision needs, and write what it says.

`timeline_insertion` makes the decision. It is pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session

from storage.engine.turn import take_turn
from storage.reads.in_session import SessionReader
from storage.tables.models import SnapshotRow
from storage.values.states import ResultsState, VersionSource
from storage.values.timeline_order import Timeline
from storage.values.write_models import NewEvent, NewStep, NewVersion
from storage.versions import history, sightings, snapshots, trials
from tracker.backfill.stored_records import readable_of, reported_step
from tracker.backfill.timeline_insertion import (
    Again,
    Bridge,
    Decided,
    Insertion,
    Placement,
    decide_bridge,
    decide_insertion,
    find_bridges,
    find_place,
    says_the_same,
)
from tracker.changes.detect_changes import NOT_READ
from tracker.changes.reported.compare import ReportedSides
from tracker.errors import UnreadableVersion
from tracker.records.trial import TrialRecord

__all__ = ["alike", "bridge", "insert_first_versions", "insert_version", "without_versions"]


def without_versions(session: Session, names: Iterable[str]) -> list[str]:
    """Return those of these trials whose timeline is empty. It stays so until the end of the transaction."""
    take_turn(session)
    names = list(names)
    heads = trials.heads(session, names)
    return [trial for trial in names if trial not in heads or not heads[trial].versions]


def insert_first_versions(session: Session, arrivals: Sequence[Insertion], now: datetime) -> None:
    """Insert one arrival each into timelines that are empty (`without_versions`). The trials must have their rows.

    The same as `insert_version`, with a few statements for any number of trials.
    """
    decided = [decide_insertion(find_place(Timeline(it.reading.record.trial), it, now), {}) for it in arrivals]
    snapshots.commit(session, [NewStep(it.version, it.events, None) for it in decided])


def insert_version(session: Session, arrival: Insertion, now: datetime) -> bool:
    """Insert an arrival. Return False if the timeline says this already. The trial must have its row."""
    take_turn(session)
    trial = arrival.reading.record.trial
    placement = find_place(history.read_timeline(session, trial), arrival, now)
    records = _records(session, trial, placement.wanted)
    decided = decide_insertion(placement, records)
    if decided.wants_more:
        if decided.wants_past:
            records |= _records(session, trial, set(placement.past) - records.keys())
        sides = _sides(session, trial, decided, placement, arrival.sha256)
        decided = decide_insertion(placement, records, with_past=decided.wants_past, reported=sides)
    if decided.version is None:
        if decided.seen_again is not None:
            sightings.see(session, trial, decided.seen_again, arrival.day)
            snapshots.make_current(session, trial)
        return False
    _store(session, decided.version, decided.events)
    if decided.again is not None:
        _repeat(session, trial, decided.again, arrival.day, now)
    return True


def bridge(session: Session, trial: str, now: datetime) -> None:
    """Report the steps between versions that were the first of all and the past that arrived after them."""
    take_turn(session)
    for found in find_bridges(history.read_timeline(session, trial)):
        _bridge(session, trial, found, now)


def _bridge(session: Session, trial: str, found: Bridge, now: datetime) -> None:
    records = _records(session, trial, found.wanted)
    decided = decide_bridge(found, records, now)
    if decided.wants_more:
        if decided.wants_past:
            records |= _records(session, trial, set(found.past) - records.keys())
        sides = _sides(session, trial, decided, found, found.after.row.raw_sha256)
        decided = decide_bridge(found, records, now, with_past=decided.wants_past, reported=sides)
    if decided.events:
        head = trials.heads(session, [trial])[trial]
        snapshots.commit(session, [NewStep(None, decided.events, head.current_version)])


def _sides(session: Session, trial: str, decided: Decided, found: Placement | Bridge, after: str) -> ReportedSides:
    """Return what the two versions of a step report, if the decision wants it. `after` is the SHA-256 of the newer."""
    if not decided.wants_reported:
        return NOT_READ
    return reported_step(SessionReader(session), trial, found.before[-1].row.raw_sha256, after)


def alike(session: Session, version: SnapshotRow, record: TrialRecord) -> bool:
    """Return whether a stored version says the same as `record`, as far as both sources can tell."""
    return says_the_same(_read(session, [version])[version.version], record)


def _records(session: Session, trial: str, versions: Iterable[int]) -> dict[int, TrialRecord | None]:
    """Return the records of these versions. None for one that cannot be read."""
    return _read(session, history.snapshots_of(session, trial, versions))


def _read(session: Session, rows: Sequence[SnapshotRow]) -> dict[int, TrialRecord | None]:
    left_out: list[UnreadableVersion] = []
    found: dict[int, TrialRecord | None] = {row.version: None for row in rows}
    found |= {row.version: record for row, record in readable_of(SessionReader(session), rows, left_out)}
    return found


def _store(session: Session, version: NewVersion, events: tuple[NewEvent, ...] = ()) -> int:
    """Commit a version and return its number. The version that is last in time becomes current."""
    head = trials.heads(session, [version.trial])[version.trial]
    [done] = snapshots.commit(session, [NewStep(version, events, head.current_version)])
    assert done.version is not None, "the turn was taken, so the head cannot have moved"
    hashes = {done.version: version.light_hash}
    if head.current_version is not None:
        hashes[head.current_version] = head.light_hash
    snapshots.make_current(session, version.trial, hashes)
    return done.version


def _repeat(session: Session, trial: str, again: Again, day: str, now: datetime) -> None:
    """Store a version a second time. It was seen before and after another one, so it stands twice in the timeline."""
    row = history.snapshot(session, trial, again.version)
    assert row is not None, "it was read in this very turn"
    version = NewVersion(
        trial=row.trial,
        raw_sha256=row.raw_sha256,
        content_hash=row.content_hash,
        light_hash="",
        effective=again.effective,
        effective_basis="data",
        submit_date=row.submit_date,
        registry_version=None,
        observed_at=now,
        source=VersionSource(row.source),
        run=row.run,
        normalizer=row.normalizer,
        title=row.title,
        status=row.status,
        enrollment_count=row.enrollment_count,
        enrollment_type=row.enrollment_type,
        results=None if row.results is None else ResultsState(row.results),
    )
    number = _store(session, version)
    sightings.part(session, row.trial, row.version, day, number)
    snapshots.make_current(session, row.trial)
