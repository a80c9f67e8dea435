"""Is what is stored what was stored? Walks the whole store and names every row that is not.

SQLite's own check finds none of this: it answers ok with any byte of a payload altered. Found here: altered bytes of
documents, dictionaries and quarantine, rows of the two chains edited, deleted or moved, versions without their
document, and trials that point elsewhere than to their last version. What somebody cut off at the end of a chain, with
its count, is found with an anchor only (see `anchors`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import RowMapping, Select, and_, or_, select
from sqlmodel import Session

from storage.bulk import batches, table_of
from storage.chains import (
    EVENT_COVERED,
    FIELD_COVERED,
    SNAPSHOT_COVERED,
    SNAPSHOT_LISTED,
    event_hash,
    listing_hash,
    snapshot_hash,
)
from storage.document_integrity import dictionary_faults, document_faults
from storage.errors import Damaged
from storage.faults import AT_ONCE, Fault, Progress, silent, stream
from storage.models import Document, Event, FieldChange, Quarantine, Sighting, Snapshot, Store, Trial
from storage.runs import quarantined
from storage.timeline import laid, place

__all__ = ["Fault", "Progress", "verify"]

_SNAPSHOTS = table_of(Snapshot).c
_TRIALS = table_of(Trial).c
_EVENTS = table_of(Event).c
_FIELDS = table_of(FieldChange).c
_LISTED = ("title", "status", "enrollment_count", "enrollment_type", "results")


def verify(session: Session, progress: Progress | None = None) -> Iterator[Fault]:
    """Every fault of the store, as it is found. Memory stays flat however large the store is."""
    tell = progress or silent
    yield from _readable("dictionary", dictionary_faults(session))
    yield from _readable("document", document_faults(session, tell))
    yield from _readable("quarantine", _quarantine(session, tell))
    yield from _readable("snapshot", _missing_documents(session))
    yield from _readable("snapshot", _versions(session, tell))
    yield from _readable("trial", _wrong_listings(session))
    yield from _readable("trial", _lost_versions(session))
    yield from _readable("event", _events(session, tell))
    yield from _readable("field_change", _lost_fields(session))


def _readable(table: str, faults: Iterator[Fault]) -> Iterator[Fault]:
    """A value that is not even of its column's type ends the walk of its table, not that of the store."""
    try:
        yield from faults
    except (TypeError, ValueError) as error:
        yield Fault(table, "", f"a row cannot be read, the rest was not looked at ({error})")


def _quarantine(session: Session, tell: Progress) -> Iterator[Fault]:
    for row in _stream(session, select(table_of(Quarantine)), "quarantine", tell):
        try:
            quarantined(Quarantine(**row))
        except Damaged as error:
            yield Fault(error.table, error.row, error.reason)


def _missing_documents(session: Session) -> Iterator[Fault]:
    document = table_of(Document).c
    query = (
        select(_SNAPSHOTS.trial, _SNAPSHOTS.version)
        .outerjoin(table_of(Document), document.sha256 == _SNAPSHOTS.raw_sha256)
        .where(document.sha256.is_(None))
    )
    for row in _stream(session, query):
        yield Fault("snapshot", f"{row['trial']} version {row['version']}", "its document is not there")


def _versions(session: Session, tell: Progress) -> Iterator[Fault]:
    """Each trial's chain, and whether the trial's row agrees with it."""
    columns = [_SNAPSHOTS[name] for name in (*SNAPSHOT_COVERED, *SNAPSHOT_LISTED, "previous", "chain", "listed")]
    query = (
        select(*columns, _TRIALS.versions, _TRIALS.current_version)
        .outerjoin(table_of(Trial), _TRIALS.trial == _SNAPSHOTS.trial)
        .order_by(_SNAPSHOTS.trial, _SNAPSHOTS.version)
    )
    for trial, rows in groupby(_stream(session, query, "snapshot", tell), key=lambda row: str(row["trial"])):
        yield from _chain_of(session, trial, rows)


def _chain_of(session: Session, trial: str, rows: Iterable[RowMapping]) -> Iterator[Fault]:
    number, head = 0, ""
    last: tuple[Any, ...] = ()
    for row in rows:
        number += 1
        where = f"{trial} version {row['version']}"
        if row["version"] != number:
            yield Fault("snapshot", where, f"version {number} should come here")
            number = row["version"]
        if row["previous"] != head:
            yield Fault("snapshot", where, "it does not follow from the version before it")
        if snapshot_hash(row, row["previous"]) != row["chain"]:
            yield Fault("snapshot", where, "it has been altered")
        if row["listed"] is not None and listing_hash(row) != row["listed"]:
            yield Fault("snapshot", where, "what lists show of it has been altered")
        head = row["chain"]
        last = max(last, place(_Placed(row), number))
    if row["versions"] is None:
        yield Fault("trial", trial, "its row is not there")
    elif row["versions"] != number:
        yield Fault("trial", trial, f"it counts {row['versions']} versions, its last is {number}")
    elif row["current_version"] != last[-1]:
        # By their rows alone another is last; what was seen when has the last word, and costs a look at each.
        right = laid(session, trial)[-1].row.version
        if row["current_version"] != right:
            yield Fault("trial", trial, f"its current version should be {right}, not {row['current_version']}")


class _Placed:
    """A bare row where a version is wanted."""

    def __init__(self, row: RowMapping) -> None:
        self.effective: str = row["effective"]
        self.submit_date: str = row["submit_date"]
        self.registry_version: int | None = row["registry_version"]


def _wrong_listings(session: Session) -> Iterator[Fault]:
    """Trials whose listing columns are not those of their current version."""
    of_current = and_(_SNAPSHOTS.trial == _TRIALS.trial, _SNAPSHOTS.version == _TRIALS.current_version)
    for name in _LISTED:
        differs = _TRIALS[name].is_distinct_from(_SNAPSHOTS[name])
        for row in _stream(session, select(_TRIALS.trial).join(table_of(Snapshot), of_current).where(differs)):
            yield Fault("trial", str(row["trial"]), f"its {name} is not that of its current version")


def _lost_versions(session: Session) -> Iterator[Fault]:
    """Trials and sightings whose versions are not there at all."""
    none = ~select(_SNAPSHOTS.trial).where(_SNAPSHOTS.trial == _TRIALS.trial).exists()
    claims = or_(_TRIALS.versions != 0, _TRIALS.current_version.is_not(None))
    for row in _stream(session, select(_TRIALS.trial, _TRIALS.versions).where(none, claims)):
        yield Fault("trial", str(row["trial"]), f"it counts {row['versions']} versions, and has none")
    sighting = table_of(Sighting).c
    here = select(_SNAPSHOTS.trial).where(_SNAPSHOTS.trial == sighting.trial, _SNAPSHOTS.version == sighting.version)
    for row in _stream(session, select(sighting.id).where(~here.exists())):
        yield Fault("sighting", str(row["id"]), "the version it saw is not there")


def _events(session: Session, tell: Progress) -> Iterator[Fault]:
    store = session.connection().execute(select(table_of(Store))).mappings().one_or_none()
    if store is None:
        yield Fault("store", "1", "its row is not there")
        return
    columns = [_EVENTS[name] for name in (*EVENT_COVERED, "previous", "chain")]
    query = select(*columns).order_by(_EVENTS.seq)
    seq, head = 0, ""
    for batch in batches(_stream(session, query, "event", tell), AT_ONCE):
        fields = _fields_between(session, batch[0]["seq"], batch[-1]["seq"])
        for row in batch:
            seq += 1
            yield from _event_faults(row, fields.get(row["seq"], []), seq, head)
            seq, head = row["seq"], row["chain"]
    if (store["seq"], store["event_head"]) != (seq, head):
        yield Fault("store", "1", f"its event {store['seq']} and head are not those of the last event, {seq}")


def _event_faults(row: RowMapping, fields: Sequence[RowMapping], seq: int, head: str) -> Iterator[Fault]:
    where = str(row["seq"])
    if row["seq"] != seq:
        yield Fault("event", where, f"event {seq} should come here")
    if row["previous"] != head:
        yield Fault("event", where, "it does not follow from the event before it")
    if event_hash(row, fields, row["previous"]) != row["chain"]:
        yield Fault("event", where, "it or one of its field changes has been altered")


def _fields_between(session: Session, first: int, last: int) -> dict[int, list[RowMapping]]:
    columns = [_FIELDS[name] for name in ("seq", *FIELD_COVERED)]
    query = select(*columns).where(_FIELDS.seq.between(first, last)).order_by(_FIELDS.seq, _FIELDS.position)
    rows = session.connection().execute(query).mappings()
    return {seq: list(group) for seq, group in groupby(rows, key=lambda row: int(row["seq"]))}


def _lost_fields(session: Session) -> Iterator[Fault]:
    here = select(_EVENTS.seq).where(_EVENTS.seq == _FIELDS.seq)
    for row in _stream(session, select(_FIELDS.seq, _FIELDS.position).where(~here.exists())):
        yield Fault("field_change", f"{row['seq']} {row['position']}", "its event is not there")


def _stream(session: Session, query: Select[Any], table: str = "", tell: Progress = silent) -> Iterator[RowMapping]:
    return (row._mapping for row in stream(session, query, table, tell))
