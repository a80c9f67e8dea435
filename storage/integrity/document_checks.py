"""Check that documents are what was stored, and that everything they are built on exists.

The check starts at each complete document, continues with the documents that are differences from it, and so on. So
each document is decompressed once. Documents built on a damaged one cannot be checked. The fault of the damaged one
names the versions that are lost with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Row, String, cast, select
from sqlmodel import Session

from storage.documents.read_documents import (
    AGAINST_BASE,
    LONGEST_CHAIN,
    WITH_DICTIONARY,
    Dictionaries,
    unpacked,
    unpacked_dictionary,
)
from storage.engine.bulk import batches, table_of
from storage.engine.unchecked_rows import Progress, as_found, stream
from storage.errors import Damaged
from storage.integrity.fault import Fault
from storage.reads.in_session import SessionReader
from storage.tables.models import DictionaryRow, DocumentRow, SnapshotRow

__all__ = ["dictionary_faults", "document_faults", "lost_versions"]

_HANDFUL_BYTES = 8 * 1024 * 1024
_HANDFUL_ROWS = 50
_NAMED = 5
"""How many lost versions a fault names; it counts the rest."""

_TABLE = table_of(DocumentRow)
_DOCUMENTS = _TABLE.c
_COLUMNS = as_found(_DOCUMENTS)
_SNAPSHOTS = table_of(SnapshotRow).c


def dictionary_faults(session: Session) -> Iterator[Fault]:
    """Yield dictionaries that were altered. A missing one is reported by the documents that need it."""
    for row in stream(session, select(*as_found(table_of(DictionaryRow).c))):
        try:
            unpacked_dictionary(row)
        except Damaged as error:
            yield Fault(error.table, error.row, error.reason)


def document_faults(session: Session, tell: Progress) -> Iterator[Fault]:
    """Yield every document that was altered or has the wrong base."""
    yield from _wrong_links(session)
    wholes = select(*_COLUMNS).where(_DOCUMENTS.base.is_(None)).order_by(_DOCUMENTS.sha256)
    dictionaries = Dictionaries(SessionReader(session))
    done = 0
    for handful in _handfuls(stream(session, wholes)):
        for fault, looked_at in _grown_from(session, dictionaries, handful):
            if fault is not None:
                yield fault
            done += looked_at
            if looked_at:
                tell("document", done)


def lost_versions(session: Session, sha: str) -> str:
    """Return a phrase with the versions that need the document `sha`, or "" if there are none."""
    built = select(cast(sha, String()).label("sha256")).cte("built", recursive=True)
    # UNION drops duplicates, so this also ends on a circle of bases.
    built = built.union(select(_DOCUMENTS.sha256).join(built, _DOCUMENTS.base == built.c.sha256))
    query = select(_SNAPSHOTS.trial, _SNAPSHOTS.version).where(_SNAPSHOTS.raw_sha256.in_(select(built.c.sha256)))
    lost = session.connection().execute(query.order_by(_SNAPSHOTS.trial, _SNAPSHOTS.version)).all()
    if not lost:
        return ""
    names = ", ".join(f"{row.trial} version {row.version}" for row in lost[:_NAMED])
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    return f"; it is needed to read {names}{more}"


def _handfuls(rows: Iterable[Row[Any]]) -> Iterator[list[Row[Any]]]:
    """Yield lists of rows whose documents together take a few megabytes."""
    handful: list[Row[Any]] = []
    held = 0
    for row in rows:
        handful.append(row)
        held += row.size if isinstance(row.size, int) else 0
        if len(handful) >= _HANDFUL_ROWS or held >= _HANDFUL_BYTES:
            yield handful
            handful, held = [], 0
    if handful:
        yield handful


def _grown_from(
    session: Session, dictionaries: Dictionaries, wholes: list[Row[Any]]
) -> Iterator[tuple[Fault | None, int]]:
    """Yield the faults of complete documents and all that is built on them, level by level, and the numbers checked."""
    bases: dict[str, bytes] = {}
    level = wholes
    for _ in range(LONGEST_CHAIN + 1):
        read: dict[str, bytes] = {}
        for row in level:
            try:
                read[row.sha256] = unpacked(dictionaries, row, bases.get(row.base))
            except Damaged as error:
                lost = lost_versions(session, error.row) if error.table == "document" else ""
                yield Fault(error.table, error.row, error.reason + lost), 0
        yield from ((fault, 0) for row in level if row.sha256 in read for fault in _row_faults(row, read[row.sha256]))
        yield None, len(level)
        # Only one level of documents stays in memory: the bases of the next one.
        bases, level = read, []
        for some in batches(read):
            level += session.connection().execute(select(*_COLUMNS).where(_DOCUMENTS.base.in_(some))).all()
    for row in level:
        yield Fault("document", row.sha256, f"it is built on more than {LONGEST_CHAIN} others"), 0


def _row_faults(row: Row[Any], data: bytes) -> Iterator[Fault]:
    """Yield the columns that contradict a document which itself can be read."""
    built, dictionary = row.base is not None, row.dictionary is not None
    if row.size != len(data):
        yield Fault("document", row.sha256, f"it says {row.size} bytes and has {len(data)}")
    if (row.encoding == AGAINST_BASE) != built or (row.encoding == WITH_DICTIONARY) != dictionary:
        yield Fault("document", row.sha256, f"it is written as {row.encoding}, which contradicts its other columns")
    if not built and row.depth != 0:
        yield Fault("document", row.sha256, f"its depth is {row.depth}, though it is built on nothing")


def _wrong_links(session: Session) -> Iterator[Fault]:
    """Yield missing bases, and documents that are not one step deeper than their base. So none is built on itself."""
    base = _TABLE.alias("base")
    joined = select(_DOCUMENTS.sha256, _DOCUMENTS.base, _DOCUMENTS.depth, base.c.depth.label("under")).where(
        _DOCUMENTS.base.is_not(None)
    )
    query = joined.outerjoin(base, base.c.sha256 == _DOCUMENTS.base)
    for row in stream(session, query.where(base.c.sha256.is_(None)).order_by(_DOCUMENTS.base)):
        lost = lost_versions(session, row.base)
        yield Fault("document", row.base, f"it is missing, though {row.sha256} is built on it{lost}")
    for row in stream(session, query.where(_DOCUMENTS.depth != base.c.depth + 1)):
        yield Fault("document", row.sha256, f"its depth is {row.depth}, that of its base {row.under}")
