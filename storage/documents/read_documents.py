"""Read documents and dictionaries: named texts for any transaction, so that a door needs no SQLAlchemy for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from storage.canonical import digest
from storage.documents.compression import unpack, unpack_against, unpack_with
from storage.errors import Damaged
from storage.reads.query import Query
from storage.reads.row_reader import RowReader
from storage.values.batches import batches

__all__ = [
    "AGAINST_BASE",
    "CHAINS",
    "DICTIONARY",
    "LONGEST_CHAIN",
    "WHOLE",
    "WITH_DICTIONARY",
    "Dictionaries",
    "StoredDictionary",
    "StoredDocument",
    "load",
    "load_many",
    "readable",
    "unpacked",
    "unpacked_dictionary",
]

LONGEST_CHAIN = 15
"""The most steps from a document to a complete one. So each 16th document of a trial is complete."""
WHOLE, WITH_DICTIONARY, AGAINST_BASE = "zstd", "zstd-dictionary", "zstd-base"
_BATCH = 50
_DICTIONARIES_KEPT = 4


class StoredDocument(NamedTuple):
    """A row of a document. In a damaged store, any column may hold anything."""

    sha256: str
    encoding: str
    body: bytes
    base: str | None
    depth: int
    dictionary: int | None


class StoredDictionary(NamedTuple):
    """A row of a dictionary. In a damaged store, any column may hold anything."""

    id: int
    sha256: str
    body: bytes


# UNION drops duplicate rows, so the recursion also ends on a circle of bases. Only tampering can make one.
CHAINS: Final = Query(
    """
    WITH RECURSIVE steps (sha256, base) AS (
        SELECT sha256, base FROM document WHERE sha256 IN (:shas)
        UNION SELECT d.sha256, d.base FROM document d JOIN steps s ON d.sha256 = s.base
    )
    SELECT sha256, encoding, body, base, depth, dictionary FROM document WHERE sha256 IN (SELECT sha256 FROM steps)
    """,
    StoredDocument,
)
"""These documents and all their bases, however long the chains are."""
DICTIONARY: Final = Query("SELECT id, sha256, body FROM dictionary WHERE id = :id", StoredDictionary)


class Dictionaries:
    """The dictionaries of a store, each read once."""

    def __init__(self, reader: RowReader) -> None:
        self._reader = reader
        self._known: dict[int, bytes] = {}

    def read(self, number: int) -> bytes:
        """Return a dictionary by its id. Raise Damaged if it is missing or altered."""
        if number not in self._known:
            row = self._reader.first(DICTIONARY, id=number)
            if row is None:
                raise Damaged("dictionary", str(number), "is missing")
            self._known[number] = unpacked_dictionary(row)
        return self._known[number]


class _Kept(NamedTuple):
    body: bytes
    data: bytes


_KEPT: dict[str, _Kept] = {}


def unpacked_dictionary(row: Any) -> bytes:
    """Return the checked bytes of one row. Raise Damaged."""
    # Kept, because decompressing and checking a dictionary takes longer than reading a document with it. Its bytes are
    # compared, because a hash of them takes longer too.
    kept = _KEPT.get(row.sha256)
    if kept is not None and kept.body == row.body:
        return kept.data
    data = unpack(row.body, ("dictionary", str(row.id)))
    if digest(data) != row.sha256:
        raise Damaged("dictionary", str(row.id), "its bytes are not those that were stored")
    if len(_KEPT) >= _DICTIONARIES_KEPT:
        _KEPT.clear()
    _KEPT[row.sha256] = _Kept(row.body, data)
    return data


def load(reader: RowReader, sha: str) -> bytes:
    """Return the bytes stored under `sha`, checked against it. Raise Damaged if they are missing or altered."""
    return load_many(reader, [sha])[sha]


def load_many(reader: RowReader, shas: Iterable[str]) -> dict[str, bytes]:
    """Load several documents with few queries. All of them are in memory at once. Raise Damaged as `load` does."""
    found: dict[str, bytes] = {}
    dictionaries = Dictionaries(reader)
    for batch in batches(dict.fromkeys(shas), _BATCH):
        rows = _chains(reader, batch)
        # Bases first, so that a document whose base was also asked for continues from it.
        for sha in sorted(batch, key=lambda sha: rows[sha].depth if sha in rows else 0):
            found[sha] = _read(dictionaries, sha, rows, found)
    return found


def readable(reader: RowReader, shas: Iterable[str]) -> dict[str, tuple[int, bytes]]:
    """Return depth and bytes of those `shas` that can be read. `verify` reports the damage of the others."""
    found: dict[str, tuple[int, bytes]] = {}
    wanted = list(shas)
    rows = _chains(reader, wanted) if wanted else {}
    dictionaries = Dictionaries(reader)
    for sha in wanted:
        try:
            found[sha] = (rows[sha].depth, _read(dictionaries, sha, rows, {}))
        except (Damaged, KeyError):
            continue
    return found


def unpacked(dictionaries: Dictionaries, row: Any, base: bytes | None) -> bytes:
    """Return the checked bytes of one row. `base`: the bytes of its base, if it has one. Raise Damaged."""
    data = _unchecked(dictionaries, row, base)
    if digest(data) != row.sha256:
        raise Damaged("document", str(row.sha256), "its bytes are not those that were stored")
    return data


def _unchecked(dictionaries: Dictionaries, row: Any, base: bytes | None) -> bytes:
    where = ("document", str(row.sha256))
    if row.encoding == AGAINST_BASE and base is not None:
        return unpack_against(base, row.body, where)
    if row.encoding == WITH_DICTIONARY and row.dictionary is not None:
        return unpack_with(dictionaries.read(row.dictionary), row.body, where)
    if row.encoding == WHOLE:
        return unpack(row.body, where)
    raise Damaged(*where, "its encoding is not known")


def _chains(reader: RowReader, shas: Sequence[str]) -> dict[str, StoredDocument]:
    return {row.sha256: row for row in reader.rows(CHAINS, shas=shas)}


def _read(
    dictionaries: Dictionaries, sha: str, rows: Mapping[str, StoredDocument], found: Mapping[str, bytes]
) -> bytes:
    """Follow the bases to a complete or already loaded document, then rebuild the document from there.

    Only the result is checked, because its digest vouches for every step below. If it is wrong, each step is checked,
    so that the error names the damaged row.
    """
    path: list[StoredDocument] = []
    at: str | None = sha
    while at is not None and at not in found:
        if at not in rows:
            raise Damaged("document", at, "is missing" if at == sha else f"is missing, and {sha} is built on it")
        # This also stops at a circle of bases.
        if len(path) > LONGEST_CHAIN:
            raise Damaged("document", sha, f"is built on more than {LONGEST_CHAIN} others")
        path.append(rows[at])
        at = rows[at].base
    start = found[at] if at is not None else None
    try:
        data = _up(dictionaries, path, start, _unchecked)
    except Damaged:
        data = b""
    return data if digest(data) == sha else _up(dictionaries, path, start, unpacked)


def _up(
    dictionaries: Dictionaries, path: Sequence[StoredDocument], start: bytes | None, unpack_row: Callable[..., bytes]
) -> bytes:
    data = start
    for row in reversed(path):
        data = unpack_row(dictionaries, row, data)
    assert data is not None
    return data
