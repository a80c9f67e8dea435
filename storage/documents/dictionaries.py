"""The zstd dictionaries of a store: trained from its own documents as it grows, and kept for ever.

The id of a dictionary is its stage. A document names the dictionary it was written with, so a later stage changes
nothing that is already stored. Decision 0021 gives the sizes and counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session

from storage.canonical import digest
from storage.documents.compression import pack, trained
from storage.engine.bulk import insert_absent, table_of
from storage.tables.models import DictionaryRow, DocumentRow

__all__ = ["STAGES", "Stage", "due", "learn", "newest", "samples"]


@dataclass(frozen=True, slots=True)
class Stage:
    """When a store has `documents` complete documents, it trains a dictionary of at most `size` bytes."""

    documents: int
    size: int


STAGES = (Stage(50, 112_640), Stage(500, 262_144))
_SAMPLES = 150
_LARGEST_SAMPLE = 256 * 1024
_DICTIONARIES = table_of(DictionaryRow).c
_DOCUMENTS = table_of(DocumentRow).c


def newest(session: Session) -> int | None:
    """Return the id of the dictionary for new documents, or None if there is none yet."""
    found: int | None = session.connection().execute(select(func.max(_DICTIONARIES.id))).scalar()
    return found


def due(session: Session, newest_id: int | None) -> int | None:
    """Return the stage to train a dictionary for now, or None."""
    stage = newest_id or 0
    if stage >= len(STAGES):
        return None
    # Count only up to the last stage: a full count of a large store takes too long to do before each write.
    some = select(_DOCUMENTS.sha256).where(_DOCUMENTS.base.is_(None)).limit(STAGES[-1].documents)
    count = session.connection().execute(select(func.count()).select_from(some.subquery())).scalar_one()
    grown = sum(count >= it.documents for it in STAGES)
    return grown if grown > stage else None


def samples(session: Session) -> list[str]:
    """Return the digests of documents to learn from: complete ones, in the order of their digests, which is random."""
    query = select(_DOCUMENTS.sha256).where(_DOCUMENTS.base.is_(None), _DOCUMENTS.size <= _LARGEST_SAMPLE)
    return list(session.connection().execute(query.order_by(_DOCUMENTS.sha256).limit(_SAMPLES)).scalars())


def learn(session: Session, stage: int, documents: Sequence[bytes]) -> None:
    """Train the dictionary of a stage and store it, unless the documents share too little."""
    if made := trained(documents, STAGES[stage - 1].size):
        # If another writer was faster, its dictionary stays.
        insert_absent(session, DictionaryRow, [{"id": stage, "sha256": digest(made), "body": pack(made)}])
