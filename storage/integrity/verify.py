"""Verify the whole store, and report every row that is not as it was stored.

SQLite's own check is not enough: it says ok when a byte of a payload was altered. This one finds:

- altered bytes of documents, dictionaries and quarantined documents
- rows of the two chains that were edited, deleted or moved
- versions without their document, and trials that do not point to their last version
- database pages and indexes that do not fit together
- tables, indexes, triggers and views that are not ours, or not as we make them

If somebody removed the end of a chain together with its count, only an anchor reveals it (see `anchors`). Watches,
runs, sightings and the outbox change all the time and have no hashes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import RowMapping, Select, and_, or_, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from storage.engine.bulk import table_of
from storage.engine.database import REVISIONS
from storage.engine.database_errors import translated
from storage.engine.unchecked_rows import Progress, any_text, as_found, silent, stream
from storage.errors import Damaged
from storage.integrity.chain_checks import event_faults, version_faults
from storage.integrity.document_checks import dictionary_faults, document_faults
from storage.integrity.fault import Fault
from storage.integrity.schema_check import computes, schema_faults
from storage.polling.runs import quarantined
from storage.tables.models import (
    DocumentRow,
    EventRow,
    FieldChangeRow,
    QuarantineRow,
    SightingRow,
    SnapshotRow,
    TrialRow,
)

__all__ = ["Fault", "Progress", "verify"]

_SNAPSHOTS = table_of(SnapshotRow).c
_TRIALS = table_of(TrialRow).c
_FIELDS = table_of(FieldChangeRow).c
_LISTED = ("title", "status", "enrollment_count", "enrollment_type", "results")
_PAGES = 20
"""How many page faults to report. One bad page can cause thousands."""


def verify(session: Session, progress: Progress | None = None) -> Iterator[Fault]:
    """Yield every fault of the store as it is found. Memory use does not depend on the size of the store."""
    tell = progress or silent
    with any_text(session):
        # The schema comes first: a foreign view or trigger could run code in the checks that follow.
        foreign = list(schema_faults(session.connection(), REVISIONS[-1]))
        yield from foreign
        if computes(session.connection()):
            # Reading it may never end.
            yield Fault("schema", "", "a view or generated column replaces a table; no rows were checked")
            return
        # Dictionaries before documents, documents before versions: a fault is first reported where it is.
        yield from _readable("database", _pages(session, sure=not foreign))
        yield from _readable("dictionary", dictionary_faults(session))
        yield from _readable("document", document_faults(session, tell))
        yield from _readable("quarantine", _quarantine(session, tell))
        yield from _readable("snapshot", _missing_documents(session))
        yield from _readable("snapshot", version_faults(session, tell))
        yield from _readable("trial", _wrong_listings(session))
        yield from _readable("trial", _lost_versions(session))
        yield from _readable("event", event_faults(session, tell))
        yield from _readable("field_change", _lost_fields(session))


def _readable(table: str, faults: Iterator[Fault]) -> Iterator[Fault]:
    """Yield the faults, and report what cannot be read at all. That ends the check of this table, not of the store."""
    try:
        yield from faults
    except (TypeError, ValueError) as error:
        yield Fault(table, "", f"a row cannot be read, so the rest was not checked ({error})")
    except DBAPIError as error:
        found = translated(error, table)
        if not isinstance(found, Damaged):
            raise
        yield Fault(table, "", f"it cannot be read completely, so the rest was not checked ({found.reason})")


def _pages(session: Session, *, sure: bool) -> Iterator[Fault]:
    """Yield what SQLite finds wrong with its pages and indexes. If not `sure`, foreign objects may stop that check."""
    if session.get_bind().dialect.name != "sqlite":
        return
    try:
        check = text(f"PRAGMA integrity_check({_PAGES})")
        lines = [str(found) for (found,) in session.connection().execute(check)]
    except DBAPIError as error:
        if sure:
            raise
        lines = [f"its pages cannot be checked while that object exists ({error.orig})"]
    for found in lines:
        if found != "ok":
            yield Fault("database", "", " ".join(found.split()))


def _quarantine(session: Session, tell: Progress) -> Iterator[Fault]:
    for row in _stream(session, select(*as_found(table_of(QuarantineRow).c)), "quarantine", tell):
        try:
            quarantined(QuarantineRow(**row))
        except Damaged as error:
            yield Fault(error.table, error.row, error.reason)


def _missing_documents(session: Session) -> Iterator[Fault]:
    document = table_of(DocumentRow).c
    query = (
        select(_SNAPSHOTS.trial, _SNAPSHOTS.version)
        .outerjoin(table_of(DocumentRow), document.sha256 == _SNAPSHOTS.raw_sha256)
        .where(document.sha256.is_(None))
    )
    for row in _stream(session, query):
        yield Fault("snapshot", f"{row['trial']} version {row['version']}", "its document is missing")


def _wrong_listings(session: Session) -> Iterator[Fault]:
    """Yield trials whose listing columns differ from those of their current version."""
    of_current = and_(_SNAPSHOTS.trial == _TRIALS.trial, _SNAPSHOTS.version == _TRIALS.current_version)
    for name in _LISTED:
        differs = _TRIALS[name].is_distinct_from(_SNAPSHOTS[name])
        for row in _stream(session, select(_TRIALS.trial).join(table_of(SnapshotRow), of_current).where(differs)):
            yield Fault("trial", str(row["trial"]), f"its {name} is not that of its current version")


def _lost_versions(session: Session) -> Iterator[Fault]:
    """Yield trials and sightings whose versions do not exist."""
    none = ~select(_SNAPSHOTS.trial).where(_SNAPSHOTS.trial == _TRIALS.trial).exists()
    claims = or_(_TRIALS.versions != 0, _TRIALS.current_version.is_not(None))
    for row in _stream(session, select(_TRIALS.trial, _TRIALS.versions).where(none, claims)):
        yield Fault("trial", str(row["trial"]), f"it counts {row['versions']} versions, and has none")
    sighting = table_of(SightingRow).c
    here = select(_SNAPSHOTS.trial).where(_SNAPSHOTS.trial == sighting.trial, _SNAPSHOTS.version == sighting.version)
    for row in _stream(session, select(sighting.id).where(~here.exists())):
        yield Fault("sighting", str(row["id"]), "the version it saw is missing")


def _lost_fields(session: Session) -> Iterator[Fault]:
    here = select(table_of(EventRow).c.seq).where(table_of(EventRow).c.seq == _FIELDS.seq)
    for row in _stream(session, select(_FIELDS.seq, _FIELDS.position).where(~here.exists())):
        yield Fault("field_change", f"{row['seq']} {row['position']}", "its event is missing")


def _stream(session: Session, query: Select[Any], table: str = "", tell: Progress = silent) -> Iterator[RowMapping]:
    return (row._mapping for row in stream(session, query, table, tell))
