"""The heads of all chains, taken out of the store: with them a tail that was cut off is found.

An anchor is a small JSON file to be kept elsewhere. What it names must still be there, whatever was added since; so
anchors may be taken and checked in any order.
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
    """`seq` and `head` are of the last event. `trials`: trial -> how many versions, and the beginning of their head."""

    store: str
    written_at: str
    seq: int
    head: str
    trials: Mapping[str, tuple[int, str]]


def take(session: Session, now: datetime) -> Anchor:
    """The heads as they are. Only of a store without a fault: what is wrong already would be anchored too."""
    store = session.connection().execute(select(table_of(StoreRow))).one()
    last = and_(_SNAPSHOTS.trial == _TRIALS.trial, _SNAPSHOTS.version == _TRIALS.versions)
    query = select(_SNAPSHOTS.trial, _SNAPSHOTS.version, _SNAPSHOTS.chain).join(table_of(TrialRow), last)
    rows = session.connection().execute(query.order_by(_SNAPSHOTS.trial))
    heads = {row.trial: (row.version, row.chain[:_HEAD_DIGITS]) for row in rows}
    written_at = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Anchor(store.store_id, written_at, store.seq, store.event_head, heads)


def to_json(anchor: Anchor) -> bytes:
    """The file's bytes, ending in a digest of the rest, so that a cut or edited anchor is known for one."""
    body = _body(anchor)
    return orjson.dumps(body | {"sha256": digest(canonical(body))}, option=orjson.OPT_INDENT_2) + b"\n"


def parse(data: bytes, name: str) -> Anchor:
    """An anchor from the bytes of the file `name`. Raises Refused when it is none, or not as it was written."""
    try:
        body = orjson.loads(data)
        if body.pop("format") != _FORMAT:
            raise StoreRefused(name, "it is an anchor of another form; use the trialwatch that wrote it")
        data_timestamp = body.pop("sha256")
        trials = {str(trial): (int(head[0]), str(head[1])) for trial, head in body["trials"].items()}
        events = body["events"]
        found = Anchor(str(body["store"]), str(body["written_at"]), int(events["seq"]), str(events["head"]), trials)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise StoreRefused(name, "it is no anchor; write one with: trialwatch verify --write-anchor FILE") from error
    if data_timestamp != digest(canonical(_body(found))):
        raise StoreRefused(name, "this anchor is not as it was written; use another copy of it")
    return found


def anchor_faults(session: Session, anchor: Anchor) -> Iterator[Fault]:
    """What the anchor knows and the store does not, or not so."""
    yield from _event_faults(session, anchor)
    for batch in batches(anchor.trials.items()):
        wanted = {(trial, version): head for trial, (version, head) in batch}
        query = select(_SNAPSHOTS.trial, _SNAPSHOTS.version, _SNAPSHOTS.chain)
        rows = session.connection().execute(query.where(tuple_(_SNAPSHOTS.trial, _SNAPSHOTS.version).in_(wanted)))
        found = {(row.trial, row.version): row.chain for row in rows}
        for (trial, version), head in wanted.items():
            chain = found.get((trial, version))
            if chain is None:
                reason = f"its versions up to {version} were there on {anchor.written_at}, and are not"
                yield Fault("snapshot", f"{trial} version {version}", reason)
            elif not chain.startswith(head):
                reason = f"it is not the one that was there on {anchor.written_at}"
                yield Fault("snapshot", f"{trial} version {version}", reason)


def _event_faults(session: Session, anchor: Anchor) -> Iterator[Fault]:
    if anchor.seq == 0:
        return
    chain = session.connection().execute(select(_EVENTS.chain).where(_EVENTS.seq == anchor.seq)).scalar()
    if chain is None:
        reason = f"events up to {anchor.seq} were there on {anchor.written_at}, and are not"
        yield Fault("event", str(anchor.seq), reason)
    elif chain != anchor.head:
        yield Fault("event", str(anchor.seq), f"it is not the one that was there on {anchor.written_at}")


def _body(anchor: Anchor) -> dict[str, object]:
    return {
        "format": _FORMAT,
        "store": anchor.store,
        "written_at": anchor.written_at,
        "events": {"seq": anchor.seq, "head": anchor.head},
        "versions": sum(version for version, _ in anchor.trials.values()),
        "trials": {trial: [version, head] for trial, (version, head) in anchor.trials.items()},
    }
