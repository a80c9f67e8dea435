"""One change with all that a reader may ask about it: its fields, its evidence, who was told, why it is that grave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlmodel import Session

from storage.outbox import queries
from storage.polling import runs
from storage.reads.in_session import SessionReader
from storage.tables.models import EventRow, SnapshotRow
from storage.versions import history
from tracker.alerts.config import AlertConfig
from tracker.api.changes import Change, Explained
from tracker.api.pages import ChangePage, EvidenceSide
from tracker.backfill.files.item_names import Named, naming
from tracker.backfill.stored_records import each_read_once, record_of
from tracker.errors import RecordError, UnknownTrial
from tracker.recording.instants import instant_out
from tracker.recording.row_mapping import change_out
from tracker.services.alerts.outbox import messages_of
from tracker.services.changes.changes_explained import explained

__all__ = ["FoundChange", "one_change"]


class FoundChange(NamedTuple):
    """A change, and the record's names for the things that its fields describe, by path."""

    page: ChangePage
    names: Mapping[str, str]


def one_change(session: Session, alerts: AlertConfig, key: str) -> FoundChange:
    """Return the change with this event id or seq. Raise UnknownTrial if there is none."""
    row = history.event(session, key)
    if row is None:
        raise UnknownTrial(f"There is no change {key[:60]}. See which there are: trialwatch changes", subject=key[:60])
    with each_read_once():
        return _found(session, alerts, row)


def _found(session: Session, alerts: AlertConfig, row: EventRow) -> FoundChange:
    found = history.changes_of(session, [row.seq])
    change = change_out(*found[0])
    named = naming(session, found).get(row.seq, Named())
    before, after = (_version(session, row, number) for number in (row.from_version, row.to_version))
    earlier, later = history.neighbours(session, row)
    timeline = {it.version: it for it in history.timeline(session, row.trial)}
    page = ChangePage(
        change=change,
        store=history.store(session).store_id,
        last_seq=history.last_seq(session),
        chain=row.chain,
        before=_side(session, before, timeline) if before else None,
        after=_side(session, after, timeline) if after else None,
        explained=_explained(session, row, change),
        messages=messages_of(session, alerts, queries.keys_about(session, row.seq)),
        previous_change=earlier,
        next_change=later,
    )
    return FoundChange(page, named.names)


def _explained(session: Session, row: EventRow, change: Change) -> Explained | None:
    """Return why the change has its severity. None if its versions cannot be read."""
    missed: list[RecordError] = []
    [found] = explained(session, [change], [row.subject], missed)
    return None if missed or not isinstance(found.explained, Explained) else found.explained


def _version(session: Session, row: EventRow, number: int | None) -> SnapshotRow | None:
    return None if number is None or not row.trial else history.snapshot(session, row.trial, number)


def _side(session: Session, version: SnapshotRow, timeline: Mapping[int, SnapshotRow]) -> EvidenceSide:
    """Return what proves one version: its hashes, when it was held, where it came from."""
    run = None if version.run is None else runs.get(session, version.run)
    laid = timeline.get(version.version, version)
    try:
        url = record_of(SessionReader(session), version).url
    except RecordError:
        url = None
    return EvidenceSide(
        version=version.version,
        registry_version=version.registry_version,
        url=url,
        source=version.source,
        effective=laid.effective,
        effective_basis=laid.effective_basis,
        first_held_at=instant_out(version.observed_at),
        fetched_from=instant_out(run.started_at) if run else None,
        fetched_until=instant_out(run.finished_at) if run else None,
        registry_data=run.data_timestamp if run else None,
        raw_sha256=version.raw_sha256,
        content_sha256=version.content_hash,
        chain=version.chain,
    )
