"""Anchors: the heads of all chains, kept outside the store. They reveal that the end of a chain was cut off.

An anchor is a small JSON file to keep elsewhere. Everything it names must still be in the store, no matter what was
added since. So you can take and check anchors in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from sqlalchemy import and_, select, tuple_
from sqlmodel import Session

from storage.canonical import canonical, digest
from storage.engine.bulk import batches, table_of
from storage.errors import StoreRefused
from storage.integrity.fault import Fault
from storage.tables.models import EventRow, SnapshotRow, StoreRow, TrialRow

__all__ = ["Anchor", "anchor_faults", "parse", "take", "to_json"]

_FORMAT = "trialwatch-anchor-1"
_HEAD_DIGITS = 16
_SNAPSHOTS = table_of(SnapshotRow).c
_TRIALS = table_of(TrialRow).c
_EVENTS = table_of(EventRow).c


@dataclass(frozen=True, slots=True)
class Anchor:
    """An anchor. `seq` and `head`: of the last event. `trials`: trial -> (number of versions, start of its head)."""

    store: str
    written_at: str
    seq: int
    head: str
    trials: Mapping[str, tuple[int, str]]


def take(session: Session, now: datetime) -> Anchor:
    """Return the current heads. Verify the store first, or the anchor would confirm an existing fault."""
    store = session.connection().execute(select(table_of(StoreRow))).one()
    last = and_(_SNAPSHOTS.trial == _TRIALS.trial, _SNAPSHOTS.version == _TRIALS.versions)
    query = select(_SNAPSHOTS.trial, _SNAPSHOTS.version, _SNAPSHOTS.chain).join(table_of(TrialRow), last)
    rows = session.connection().execute(query.order_by(_SNAPSHOTS.trial))
    heads = {row.trial: (row.version, row.chain[:_HEAD_DIGITS]) for row in rows}
    written_at = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Anchor(store.store_id, written_at, store.seq, store.event_head, heads)


def to_json(anchor: Anchor) -> bytes:
    """Return the bytes of the file. It ends with a digest of the rest, which reveals a cut or edited anchor."""
    body = _body(anchor)
    return orjson.dumps(body | {"sha256": digest(canonical(body))}, option=orjson.OPT_INDENT_2) + b"\n"


def parse(data: bytes, name: str) -> Anchor:
    """Parse an anchor from the bytes of the file `name`. Raise StoreRefused if it is not an anchor or was altered."""
    try:
        body = orjson.loads(data)
        if body.pop("format") != _FORMAT:
            raise StoreRefused(name, "this anchor has another format; use the trialwatch that wrote it")
        data_timestamp = body.pop("sha256")
        trials = {str(trial): (int(head[0]), str(head[1])) for trial, head in body["trials"].items()}
        events = body["events"]
        found = Anchor(str(body["store"]), str(body["written_at"]), int(events["seq"]), str(events["head"]), trials)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise StoreRefused(
            name, "it is not an anchor; write one with: trialwatch verify --write-anchor FILE"
        ) from error
    if data_timestamp != digest(canonical(_body(found))):
        raise StoreRefused(name, "this anchor was altered; use another copy of it")
    return found


def anchor_faults(session: Session, anchor: Anchor) -> Iterator[Fault]:
    """Yield what the anchor names and the store does not have, or has differently."""
    yield from _event_faults(session, anchor)
    for batch in batches(anchor.trials.items()):
        wanted = {(trial, version): head for trial, (version, head) in batch}
        query = select(_SNAPSHOTS.trial, _SNAPSHOTS.version, _SNAPSHOTS.chain)
        rows = session.connection().execute(query.where(tuple_(_SNAPSHOTS.trial, _SNAPSHOTS.version).in_(wanted)))
        found = {(row.trial, row.version): row.chain for row in rows}
        for (trial, version), head in wanted.items():
            chain = found.get((trial, version))
            if chain is None:
                reason = f"its versions up to {version}existed on {anchor.written_at} and are missing now"
                yield Fault("snapshot", f"{trial} version {version}", reason)
            elif not chain.startswith(head):
                reason = f"it is not the one that existed on {anchor.written_at}"
                yield Fault("snapshot", f"{trial} version {version}", reason)


def _event_faults(session: Session, anchor: Anchor) -> Iterator[Fault]:
    if anchor.seq == 0:
        return
    chain = session.connection().execute(select(_EVENTS.chain).where(_EVENTS.seq == anchor.seq)).scalar()
    if chain is None:
        reason = f"events up to {anchor.seq}existed on {anchor.written_at} and are missing now"
        yield Fault("event", str(anchor.seq), reason)
    elif chain != anchor.head:
        yield Fault("event", str(anchor.seq), f"it is not the one that existed on {anchor.written_at}")


def _body(anchor: Anchor) -> dict[str, object]:
    return {
        "format": _FORMAT,
        "store": anchor.store,
        "written_at": anchor.written_at,
        "events": {"seq": anchor.seq, "head": anchor.head},
        "versions": sum(version for version, _ in anchor.trials.values()),
        "trials": {trial: [version, head] for trial, (version, head) in anchor.trials.items()},
    }
