"""Check both chains, versions by trial and events in order: each row against its hash and the row before it.

A row may contain any value, because somebody may have edited it by hand. Such a row is reported, and the check
continues.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import RowMapping, Select, select
from sqlmodel import Session

from storage.engine.bulk import batches, table_of
from storage.engine.unchecked_rows import AT_ONCE, Progress, as_found, stream
from storage.integrity.fault import Fault
from storage.tables.models import EventRow, FieldChangeRow, SnapshotRow, StoreRow, TrialRow
from storage.values.states import VersionSource
from storage.values.timeline_order import Place, sort_key
from storage.versions.chains import (
    EVENT_COVERED,
    FIELD_COVERED,
    SNAPSHOT_COVERED,
    SNAPSHOT_LISTED,
    event_hash,
    listing_hash,
    snapshot_hash,
)
from storage.versions.timeline import laid

__all__ = ["event_faults", "version_faults"]

_SNAPSHOTS = table_of(SnapshotRow).c
_TRIALS = table_of(TrialRow).c
_EVENTS = table_of(EventRow).c
_FIELDS = table_of(FieldChangeRow).c


def version_faults(session: Session, tell: Progress) -> Iterator[Fault]:
    """Check the chain of each trial, and that the row of the trial agrees with it."""
    names = (*SNAPSHOT_COVERED, *SNAPSHOT_LISTED, "previous", "chain", "listed")
    query = (
        select(*as_found(_SNAPSHOTS[name] for name in names), _TRIALS.versions, _TRIALS.current_version)
        .outerjoin(table_of(TrialRow), _TRIALS.trial == _SNAPSHOTS.trial)
        .order_by(_SNAPSHOTS.trial, _SNAPSHOTS.version)
    )
    for trial, rows in groupby(_stream(session, query, "snapshot", tell), key=lambda row: str(row["trial"])):
        yield from _chain_of(session, trial, rows)


def _chain_of(session: Session, trial: str, rows: Iterable[RowMapping]) -> Iterator[Fault]:
    number, head = 0, ""
    last: Place | None = None
    for row in rows:
        number += 1
        where = f"{trial} version {row['version']}"
        if row["version"] != number:
            yield Fault("snapshot", where, f"version {number} should come here")
            # Continue from the number found, so that one missing version is one fault and not one for each later
            # version.
            number = row["version"] if isinstance(row["version"], int) else number
        if row["previous"] != head:
            yield Fault("snapshot", where, "it does not follow from the version before it")
        if not _is(row["chain"], snapshot_hash, row, row["previous"]):
            yield Fault("snapshot", where, "it has been altered")
        if row["listed"] is not None and not _is(row["listed"], listing_hash, row):
            yield Fault("snapshot", where, "its listing columns have been altered")
        head = row["chain"]
        here = None if row["source"] == VersionSource.PAGE else _placed(row, number)
        last = here if last is None or here is None else max(last, here)
    if row["versions"] is None:
        yield Fault("trial", trial, "its row is missing")
    elif row["versions"] != number:
        yield Fault("trial", trial, f"it counts {row['versions']} versions, its last is {number}")
    elif last is None or row["current_version"] != last[-1]:
        yield from _wrong_current(session, trial, row["current_version"])


def _wrong_current(session: Session, trial: str, current: Any) -> Iterator[Fault]:
    """Check the order of versions with their sightings.

    By the rows alone, another version should be current. Sightings have the last word, but they take a query per trial,
    so they are used only here.
    """
    try:
        found = laid(session, trial)
    except (TypeError, ValueError):
        yield Fault("trial", trial, "its versions cannot be put in order: one has a date that is not valid")
        return
    right = found[-1].row.version if found else None  # with pages only, no version is current
    if current != right:
        yield Fault("trial", trial, f"its current version should be {right}, not {current}")


def _is(stored: Any, make: Callable[..., str], *parts: Any) -> bool:
    """Whether the hash of a row is correct. If the row has no canonical form, it is not."""
    try:
        return bool(stored == make(*parts))
    except (TypeError, ValueError):
        return False


class _Placed:
    """A bare row in the role of a version."""

    def __init__(self, row: RowMapping) -> None:
        self.effective: str = row["effective"]
        self.submit_date: str = row["submit_date"]
        self.registry_version: int | None = row["registry_version"]


def _placed(row: RowMapping, number: int) -> Place | None:
    """Return the place of a row in the timeline, or None if its values allow none."""
    rank = row["registry_version"]
    texts = isinstance(row["effective"], str) and isinstance(row["submit_date"], str)
    return sort_key(_Placed(row), number) if texts and (rank is None or isinstance(rank, int)) else None


def event_faults(session: Session, tell: Progress) -> Iterator[Fault]:
    """Check the chain of events with their field changes, and that the row of the store agrees with it."""
    store = session.connection().execute(select(*as_found(table_of(StoreRow).c))).mappings().one_or_none()
    if store is None:
        yield Fault("store", "1", "its row is missing")
        return
    query = select(*as_found(_EVENTS[name] for name in (*EVENT_COVERED, "previous", "chain"))).order_by(_EVENTS.seq)
    seq, head = 0, ""
    for batch in batches(_stream(session, query, "event", tell), AT_ONCE):
        # One query for the fields of a batch, instead of one per event.
        fields = _fields_between(session, batch[0]["seq"], batch[-1]["seq"])
        for row in batch:
            seq += 1
            yield from _of_event(row, fields.get(row["seq"], []), seq, head)
            seq, head = row["seq"], row["chain"]
    if (store["seq"], store["event_head"]) != (seq, head):
        yield Fault("store", "1", f"its event {store['seq']} and head are not those of the last event, {seq}")


def _of_event(row: RowMapping, fields: Sequence[RowMapping], seq: int, head: str) -> Iterator[Fault]:
    where = str(row["seq"])
    if row["seq"] != seq:
        yield Fault("event", where, f"event {seq} should come here")
    if row["previous"] != head:
        yield Fault("event", where, "it does not follow from the event before it")
    if not _is(row["chain"], event_hash, row, fields, row["previous"]):
        yield Fault("event", where, "it or one of its field changes has been altered")


def _fields_between(session: Session, first: int, last: int) -> Mapping[int, list[RowMapping]]:
    columns = [_FIELDS[name] for name in ("seq", *FIELD_COVERED)]
    query = select(*columns).where(_FIELDS.seq.between(first, last)).order_by(_FIELDS.seq, _FIELDS.position)
    rows = session.connection().execute(query).mappings()
    return {seq: list(group) for seq, group in groupby(rows, key=lambda row: int(row["seq"]))}


def _stream(session: Session, query: Select[Any], table: str, tell: Progress) -> Iterator[RowMapping]:
    return (row._mapping for row in stream(session, query, table, tell))
