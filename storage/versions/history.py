"""Read the past: versions in timeline order, what was true or known on a day, and what changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlmodel import Session, col, select

from storage.engine.bulk import batches, storable, upsert
from storage.reads.changes import change_fields, stored_changes
from storage.reads.changes.stored_changes import Event, EventField
from storage.reads.in_session import SessionReader
from storage.tables.models import (
    EventRow,
    ShownRow,
    SnapshotRow,
    StoreRow,
    TrialRow,
)
from storage.values.change_filter import FIRST_SEEN, ChangeFilter
from storage.values.states import VersionSource
from storage.values.timeline_order import StoredVersion, Timeline
from storage.versions.timeline import LaidRow, all_laid, as_shown, laid, versions_and_days
from storage.versions.trials import is_current

__all__ = [
    "FIRST_SEEN",
    "Change",
    "ChangeFilter",
    "changes",
    "changes_of",
    "compared_versions",
    "current",
    "current_of",
    "event",
    "fields_of",
    "last_seq",
    "mark_shown",
    "neighbours",
    "pages",
    "read_timeline",
    "shown",
    "snapshot",
    "snapshots_of",
    "store",
    "timeline",
    "timelines",
    "turns_of_sets",
]

Change = tuple[Event, list[EventField]]
_TRIALS_AT_ONCE = 100
_LONGEST_SEQ = 15
"""Digits of a number that any database can hold."""


def store(session: Session) -> StoreRow:
    """Return the store's own row."""
    return session.exec(select(StoreRow)).one()


def timeline(session: Session, trial: str) -> list[SnapshotRow]:
    """Return all versions of a trial except pages, in timeline order, with effective days by present knowledge."""
    return [as_shown(item) for item in laid(session, trial)]


def timelines(session: Session, only: Collection[str] | None = None) -> Iterator[list[LaidRow]]:
    """Yield the timeline of every trial (of `only`) that has one, by name, with only a few in memory."""
    names = list(session.exec(select(TrialRow.trial).where(TrialRow.versions > 0).order_by(TrialRow.trial)))
    if only is not None:
        names = [name for name in names if name in only]
    for some in batches(names, _TRIALS_AT_ONCE):
        yield from all_laid(session, some)


def pages(session: Session, trial: str) -> list[SnapshotRow]:
    """Return the pages beside a trial's timeline, by the day they name."""
    beside = select(SnapshotRow).where(SnapshotRow.trial == storable(trial), SnapshotRow.source == VersionSource.PAGE)
    return list(session.exec(beside.order_by(col(SnapshotRow.effective), col(SnapshotRow.version))))


def snapshot(session: Session, trial: str, version: int) -> SnapshotRow | None:
    return session.get(SnapshotRow, (storable(trial), version))


def snapshots_of(session: Session, trial: str, versions: Iterable[int]) -> list[SnapshotRow]:
    """Return the existing ones of `versions`, by number."""
    found: list[SnapshotRow] = []
    for some in batches(sorted(set(versions))):
        query = select(SnapshotRow).where(SnapshotRow.trial == storable(trial), col(SnapshotRow.version).in_(some))
        found += session.exec(query.order_by(col(SnapshotRow.version)))
    return found


def current(session: Session, trial: str) -> SnapshotRow | None:
    """Return the last version of the timeline."""
    row = session.get(TrialRow, storable(trial))
    if row is None or row.current_version is None:
        return None
    return session.get(SnapshotRow, (row.trial, row.current_version))


def current_of(session: Session, trials: Iterable[str]) -> list[SnapshotRow]:
    """Return the last version of the timeline of each of these that has one, by id. One query for every 500."""
    found: list[SnapshotRow] = []
    for batch in batches(sorted(map(storable, trials))):
        query = select(SnapshotRow).join(TrialRow, is_current())
        found += session.exec(query.where(col(SnapshotRow.trial).in_(batch)).order_by(col(SnapshotRow.trial)))
    return found


def changes(session: Session, wanted: ChangeFilter) -> list[Change]:
    """Return the events that match, each with its field changes by position. Always in seq order."""
    query, named = stored_changes.choose(wanted, wanted.limit)
    found = SessionReader(session).rows(query, **named)
    found.sort(key=lambda it: it.seq)
    return _with_fields(session, found)


def changes_of(session: Session, seqs: Iterable[int]) -> list[Change]:
    """Return the events with these seqs, as `changes` does."""
    reader = SessionReader(session)
    found = [row for some in batches(sorted(set(seqs))) for row in reader.rows(stored_changes.BY_SEQS, seqs=some)]
    return _with_fields(session, found)


def turns_of_sets(session: Session) -> list[Change]:
    """Return what entered and left sets, as `changes` does."""
    return _with_fields(session, SessionReader(session).rows(stored_changes.TURNS_OF_SETS))


def _with_fields(session: Session, found: Sequence[Event]) -> list[Change]:
    fields = fields_of(session, [it.seq for it in found])
    return [(it, fields[it.seq]) for it in found]


def event(session: Session, key: str) -> EventRow | None:
    """Return the event with this id, or with this seq. None if there is none."""
    if key.isascii() and key.isdigit() and len(key) <= _LONGEST_SEQ:
        return session.get(EventRow, int(key))
    return session.exec(select(EventRow).where(EventRow.id == storable(key))).first()


def neighbours(session: Session, of: EventRow) -> tuple[str | None, str | None]:
    """Return the ids of the events before and after this one about the same trial."""
    same = select(EventRow.id).where(EventRow.trial == of.trial)
    before = same.where(col(EventRow.seq) < of.seq).order_by(col(EventRow.seq).desc()).limit(1)
    after = same.where(col(EventRow.seq) > of.seq).order_by(col(EventRow.seq)).limit(1)
    return session.exec(before).first(), session.exec(after).first()


def fields_of(session: Session, seqs: Sequence[int]) -> Mapping[int, list[EventField]]:
    """Return the field changes of these events, by position."""
    return change_fields.fields_of(SessionReader(session), seqs)


def shown(session: Session, reader: str) -> int:
    """Return the seq up to which `reader` has been shown everything, 0 at first."""
    row = session.get(ShownRow, storable(reader))
    return row.seq if row else 0


def mark_shown(session: Session, reader: str, seq: int) -> None:
    """Note that `reader` has been shown everything up to `seq`. The value never goes back."""
    if seq > shown(session, reader):
        upsert(session, ShownRow, [{"reader": storable(reader), "seq": seq}], update=("seq",))


def compared_versions(session: Session, trial: str) -> frozenset[int]:
    """Return the versions whose difference from the one before was reported."""
    query = select(EventRow.from_version, EventRow.to_version).where(EventRow.trial == storable(trial))
    steps = session.exec(query.where(col(EventRow.to_version).is_not(None)))
    return frozenset(after for before, after in steps if after is not None and before not in (None, after))


def read_timeline(session: Session, trial: str) -> Timeline:
    """Return the timeline as a frozen value, for a decision about what belongs into it."""
    rows, days = versions_and_days(session, trial)
    compared = compared_versions(session, trial) if rows else frozenset()
    versions = tuple(
        StoredVersion(
            version=row.version,
            raw_sha256=row.raw_sha256,
            content_hash=row.content_hash,
            effective=row.effective,
            effective_basis=row.effective_basis,
            submit_date=row.submit_date,
            registry_version=row.registry_version,
            observed_at=row.observed_at,
            source=row.source,
            days=tuple(days[row.version]),
        )
        for row in rows
    )
    return Timeline(trial, versions, compared)


def last_seq(session: Session) -> int:
    """Return the seq of the last event, 0 before the first."""
    return session.exec(select(StoreRow.seq)).one()
