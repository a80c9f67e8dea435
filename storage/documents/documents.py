"""Store documents under their SHA-256, each complete or as the difference from an earlier one, its base.

Complete documents are compressed with a dictionary, once the store is large enough to have one. A base may have a base
of its own: a chain of at most `LONGEST_CHAIN` steps leads to a complete document. Rows are never rewritten. Rows from
the first schema (encoding "zstd": complete, without a dictionary) are read like the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from storage.canonical import CANONICAL, MAX_DEPTH, NotCanonical, canonical, digest
from storage.documents import dictionaries
from storage.documents.compression import pack, pack_against, pack_with, unpack
from storage.documents.read_documents import (
    AGAINST_BASE,
    LONGEST_CHAIN,
    WHOLE,
    WITH_DICTIONARY,
    Dictionaries,
    load_many,
    readable,
)
from storage.engine.bulk import RowValues, batches, insert_rows, table_of
from storage.engine.turn import take_turn
from storage.errors import Damaged
from storage.reads.in_session import SessionReader
from storage.tables.models import DocumentRow

__all__ = [
    "CANONICAL",
    "MAX_DEPTH",
    "Compressed",
    "NotCanonical",
    "StoreDictionary",
    "canonical",
    "digest",
    "keep",
    "newest_dictionary",
    "pack",
    "unpack",
]


class StoreDictionary(NamedTuple):
    """A dictionary of the store, to compress with."""

    number: int
    data: bytes


class Compressed(NamedTuple):
    """The bytes of a document, compressed with a dictionary of the store."""

    dictionary: int
    body: bytes


_BATCH = 50
_SHA256 = table_of(DocumentRow).c.sha256
_Bases = Mapping[str, str]
_NO_BASES: _Bases = MappingProxyType({})
_NONE_COMPRESSED: Mapping[str, Compressed] = MappingProxyType({})


def keep(
    session: Session,
    items: Iterable[tuple[str, bytes]],
    bases: _Bases = _NO_BASES,
    compressed: Mapping[str, Compressed] = _NONE_COMPRESSED,
) -> None:
    """Store documents under their digests. Those already stored are left alone.

    Each item is (digest, canonical bytes). The pair is not checked here; reading detects a wrong one. `bases` maps a
    digest to the digest of a similar document, usually the previous version of the trial. That one is stored already or
    comes earlier in `items`. If it is missing or cannot be read, the document is stored without it. `compressed` has
    the bytes, by digest, of documents without a base that are compressed already. This takes the turn to write.
    """
    take_turn(session)
    for batch in batches(items, _BATCH):
        wanted = dict(batch)
        for sha in session.connection().execute(select(_SHA256).where(_SHA256.in_(wanted))).scalars():
            del wanted[sha]
        if wanted:
            insert_rows(session, DocumentRow, _packed(session, wanted, bases, compressed))


def newest_dictionary(session: Session) -> StoreDictionary | None:
    """Return the dictionary to compress new documents with, or None if the store has none that can be read."""
    number = dictionaries.newest(session)
    try:
        return StoreDictionary(number, Dictionaries(SessionReader(session)).read(number)) if number else None
    except Damaged:
        # `verify` reports the damage. New documents must not depend on a damaged dictionary.
        return None


def _packed(
    session: Session, wanted: Mapping[str, bytes], bases: _Bases, compressed: Mapping[str, Compressed]
) -> list[RowValues]:
    """Return the rows for `wanted`, in the same order."""
    # `shelf` holds the bytes of all possible bases: stored ones, and those that come earlier in `wanted`.
    named = {sha: base for sha in wanted if (base := bases.get(sha)) and base != sha}
    shelf = readable(SessionReader(session), {base for base in named.values() if base not in wanted})
    rows: dict[str, RowValues] = {}
    for sha, data in wanted.items():
        base, depth = named.get(sha), 0
        row: RowValues = {"sha256": sha, "size": len(data), "base": None, "depth": 0, "dictionary": None}
        # When the chain is full, the document is stored complete and begins a new chain.
        if base in shelf and shelf[base][0] < LONGEST_CHAIN:
            depth = shelf[base][0] + 1
            row |= {"base": base, "depth": depth, "encoding": AGAINST_BASE, "body": pack_against(shelf[base][1], data)}
        rows[sha] = row
        shelf[sha] = (depth, data)
    whole = [sha for sha, row in rows.items() if row["base"] is None]
    dictionary = _dictionary(session) if whole else None
    left = [sha for sha in whole if sha not in compressed]
    done = {sha: _with_dictionary(*compressed[sha]) for sha in whole if sha in compressed}
    done |= zip(left, _wholes([wanted[sha] for sha in left], dictionary), strict=True)
    return [row | done.get(sha, {}) for sha, row in rows.items()]


def _wholes(many: Sequence[bytes], dictionary: StoreDictionary | None) -> list[RowValues]:
    """Return the columns of documents stored complete, compressed with this dictionary if there is one."""
    if dictionary is None:
        return [{"encoding": WHOLE, "body": pack(data)} for data in many]
    return [_with_dictionary(dictionary.number, body) for body in pack_with(dictionary.data, many)]


def _with_dictionary(number: int, body: bytes) -> RowValues:
    return {"encoding": WITH_DICTIONARY, "dictionary": number, "body": body}


def _dictionary(session: Session) -> StoreDictionary | None:
    """Return the dictionary to write with, or None. Train it first if the store has grown enough."""
    stage = dictionaries.due(session, dictionaries.newest(session))
    if stage is not None:
        try:
            examples = load_many(SessionReader(session), dictionaries.samples(session))
        except Damaged:
            return None
        dictionaries.learn(session, stage, list(examples.values()))
    return newest_dictionary(session)
