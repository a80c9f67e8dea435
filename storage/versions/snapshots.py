"""Commit decisions: versions, their events and field changes, numbered and chained, in bulk.

All statements run in the caller's transaction, so an error leaves nothing behind. The store's row is locked first and
until the end. Therefore numbers have no gaps, and two writers never decide on the same head.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, func, select, update
from sqlmodel import Session

from storage.documents.documents import canonical
from storage.engine.bulk import RowValues, batches, insert_rows, storable, table_of
from storage.errors import Contradiction
from storage.tables.models import EventRow, FieldChangeRow, SightingRow, SnapshotRow, StoreRow, TrialRow
from storage.values.states import VersionSource
from storage.values.timeline_order import Place, sort_key
from storage.values.write_models import THIS_VERSION, Committed, NewEvent, NewField, NewStep, NewVersion
from storage.versions import results_cache
from storage.versions.chains import event_hash, event_id, identity, listing_hash, snapshot_hash
from storage.versions.timeline import laid

__all__ = [
    "THIS_VERSION",
    "Committed",
    "NewEvent",
    "NewField",
    "NewStep",
    "NewVersion",
    "commit",
    "make_current",
    "note_registry_version",
]

_LISTED = ("title", "status", "enrollment_count", "enrollment_type", "results")
_VERSION_COLUMNS = (
    "trial",
    "raw_sha256",
    "content_hash",
    "effective",
    "effective_basis",
    "submit_date",
    "registry_version",
    "observed_at",
    "source",
    "run",
    "normalizer",
    "enrollment_count",
    "enrollment_type",
    "results",
)
_EVENT_COLUMNS = ("trial", "kind", "severity", "effective", "observed_at", "from_version", "backfilled", "run")


def commit(session: Session, steps: Sequence[NewStep]) -> list[Committed]:
    """Write `steps` in order, and return one answer for each. A later step of a trial sees the earlier one as its head.

    A step whose expected head has moved is marked so and left out. The others are written. A version that is not last
    in the timeline, or is a page, is stored and numbered but does not become current. Raise Contradiction for a version
    whose trial has no row (`trials.add`, `watches.watch`), NotCanonical for a field value without a JSON form.
    """
    desk = _Desk(session, steps)
    answers = [desk.take(step) for step in steps]
    desk.write()
    return answers


def note_registry_version(session: Session, trial: str, version: int, registry_version: int) -> None:
    """Note the registry's number of a stored version that had none. This may change its place in the timeline."""
    table = table_of(SnapshotRow)
    mine = and_(table.c.trial == trial, table.c.version == version, table.c.registry_version.is_(None))
    for row in session.connection().execute(select(table).where(mine)).mappings().all():
        noted = {**row, "registry_version": registry_version}
        # A row of an older schema has no hash of its listing, and gets none.
        listed = listing_hash(noted) if row["listed"] else None
        session.connection().execute(update(table).where(mine).values(registry_version=registry_version, listed=listed))
    make_current(session, trial)


def make_current(session: Session, trial: str, light_hashes: Mapping[int, str] = {}) -> None:
    """Make the version that is last in time the current one, whichever was current before.

    `light_hashes` holds those of versions whose raw document was available. For others, the next poll compares in full.
    The cached results status goes: what led here may have moved days of versions, which no version and no event says.
    """
    results_cache.forget(session, trial)
    found = laid(session, trial)
    table = table_of(TrialRow)
    was = session.connection().execute(select(table.c.current_version).where(table.c.trial == trial)).scalar()
    if not found or was == found[-1].row.version:
        return
    last = found[-1].row
    values = {name: getattr(last, name) for name in _LISTED}
    values |= {"current_version": last.version, "light_hash": light_hashes.get(last.version, "")}
    session.connection().execute(update(table).where(table.c.trial == trial).values(values))


@dataclass(slots=True)
class _TrialState:
    """The state of a trial during a commit."""

    current: int | None = None
    versions: int = 0
    place: Place | None = None
    chain: str = ""


class _Desk:
    """One commit: what it read at the start, and the rows it will write at the end."""

    def __init__(self, session: Session, steps: Sequence[NewStep]) -> None:
        self._session = session
        store = table_of(StoreRow)
        row = session.connection().execute(select(store.c.seq, store.c.event_head).with_for_update()).one()
        self._first_seq = self._seq = int(row.seq)
        self._head = str(row.event_head)
        self._states = _states(session, {step.trial for step in steps})
        self._occurred = _occurred(session, {identity(_parts(it)) for step in steps for it in step.events})
        self._snapshots: list[RowValues] = []
        self._sightings: list[RowValues] = []
        self._events: list[RowValues] = []
        self._fields: list[RowValues] = []
        self._counts: dict[str, RowValues] = {}
        self._listings: dict[str, RowValues] = {}

    def take(self, step: NewStep) -> Committed:
        """Decide what happens to one step, and prepare its rows."""
        state = self._states.get(step.trial)
        if state is None:
            if step.version is not None:
                raise Contradiction(step.trial, "has no row yet, so it cannot have a version")
            state = _TrialState()
        if state.current != step.expected_head:
            return Committed(step.trial, moved=True)
        number, current = None, False
        if step.version is not None:
            number = state.versions + 1
            current = self._take_version(step.version, number, state)
        rows = [self._take_event(event, number) for event in step.events]
        seqs, ids = tuple(row["seq"] for row in rows), tuple(row["id"] for row in rows)
        return Committed(step.trial, version=number, current=current, seqs=seqs, ids=ids)

    def _take_version(self, version: NewVersion, number: int, state: _TrialState) -> bool:
        row = {name: _stored(getattr(version, name)) for name in _VERSION_COLUMNS}
        row |= {"version": number, "title": storable(version.title), "status": storable(version.status)}
        row["enrollment_type"] = storable(version.enrollment_type)
        row |= {"previous": state.chain, "chain": snapshot_hash(row, state.chain)}
        row["listed"] = listing_hash(row)
        self._snapshots.append(row)
        if version.seen_day is not None:
            day = version.seen_day
            self._sightings.append({"trial": version.trial, "version": number, "first_day": day, "last_day": day})
        state.versions, state.chain = number, row["chain"]
        self._counts[version.trial] = {"of": version.trial, "count": number}
        here = sort_key(version, number)
        if version.source == VersionSource.PAGE or (state.place is not None and here < state.place):
            return False
        state.current, state.place = number, here
        listed = {"new_" + name: row[name] for name in _LISTED}
        self._listings[version.trial] = {
            "of": version.trial,
            "new_current_version": number,
            "new_light_hash": version.light_hash,
            **listed,
        }
        return True

    def _take_event(self, event: NewEvent, number: int | None) -> RowValues:
        if event.to_version == THIS_VERSION and number is None:
            raise ValueError(f"{event.trial}: {event.kind} names the version of a step that has none")
        parts = _parts(event)
        key = identity(parts)
        self._seq += 1
        row = {name: _stored(getattr(event, name)) for name in _EVENT_COLUMNS}
        row |= {
            "seq": self._seq,
            "id": event_id(parts, self._occurred[key]),
            "identity": key,
            "summary": storable(event.summary),
            "subject": storable(event.subject),
            "to_version": number if event.to_version == THIS_VERSION else event.to_version,
        }
        fields = [_field_row(self._seq, position, field) for position, field in enumerate(event.fields)]
        row |= {"previous": self._head, "chain": event_hash(row, fields, self._head)}
        self._occurred[key] += 1
        self._head = row["chain"]
        self._events.append(row)
        self._fields += fields
        return row

    def write(self) -> None:
        """Write all prepared rows: a few statements for any number of steps."""
        insert_rows(self._session, SnapshotRow, self._snapshots)
        insert_rows(self._session, SightingRow, self._sightings)
        insert_rows(self._session, EventRow, self._events)
        insert_rows(self._session, FieldChangeRow, self._fields)
        connection, trial = self._session.connection(), table_of(TrialRow)
        mine = update(trial).where(trial.c.trial == bindparam("of"))
        if self._counts:
            connection.execute(mine.values(versions=bindparam("count")), _by_trial(self._counts))
        if self._listings:
            names = ("current_version", "light_hash", *_LISTED)
            listing = mine.values({name: bindparam("new_" + name) for name in names})
            connection.execute(listing, _by_trial(self._listings))
        if self._seq != self._first_seq:
            connection.execute(update(table_of(StoreRow)).values(seq=self._seq, event_head=self._head))


def _stored(value: Any) -> Any:
    """Return the value of a column. A member of an enum becomes its text, which alone has a canonical form."""
    return value.value if isinstance(value, StrEnum) else value


def _by_trial(rows: dict[str, RowValues]) -> list[RowValues]:
    # All writers use one order, so two that update the same trials cannot wait for each other.
    return [rows[trial] for trial in sorted(rows)]


def _parts(event: NewEvent) -> tuple[str, ...]:
    return (event.trial, event.kind, storable(event.subject), event.from_content, event.to_content)


def _field_row(seq: int, position: int, field: NewField) -> RowValues:
    return {
        "seq": seq,
        "position": position,
        "field": storable(field.field),
        "label": storable(field.label),
        "before": canonical(field.before).decode(),
        "after": canonical(field.after).decode(),
    }


def _states(session: Session, trials: Iterable[str]) -> dict[str, _TrialState]:
    found = {}
    for batch in batches(sorted(trials)):
        for row in session.connection().execute(_STATES.where(table_of(TrialRow).c.trial.in_(batch))):
            at = None if row.current_version is None else sort_key(row, row.current_version)
            found[row.trial] = _TrialState(row.current_version, row.versions, at, row.chain or "")
    return found


def _version_of(snapshot: FromClause, number: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(snapshot.c.trial == table_of(TrialRow).c.trial, snapshot.c.version == number)


def _query_of_states() -> Select[Any]:
    trial, snapshot = table_of(TrialRow), table_of(SnapshotRow)
    current, last = snapshot.alias("current"), snapshot.alias("last")
    placing = (current.c.effective, current.c.submit_date, current.c.registry_version)
    return (
        select(trial.c.trial, trial.c.current_version, trial.c.versions, last.c.chain, *placing)
        .outerjoin(current, _version_of(current, trial.c.current_version))
        .outerjoin(last, _version_of(last, trial.c.versions))
    )


_STATES = _query_of_states()
"""Built once, because that takes longer than it takes to run for one trial."""


def _occurred(session: Session, identities: Iterable[str]) -> Counter[str]:
    """Count how often each change has happened before in this store."""
    counts: Counter[str] = Counter()
    event = table_of(EventRow).c
    for batch in batches(sorted(identities)):
        query = select(event.identity, func.count()).where(event.identity.in_(batch)).group_by(event.identity)
        counts.update({row[0]: row[1] for row in session.connection().execute(query)})
    return counts
