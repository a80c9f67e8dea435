"""Store documents under their SHA-256, each complete or as the difference from an earlier one, its base.

Complete documents are compressed with a dictionary, once the store is large enough to have one. A base may have a base
of its own: a chain of at most `LONGEST_CHAIN` steps leads to a complete document. Rows are never rewritten. Rows from
the first schema (encoding "zstd": complete, without a dictionary) are read like the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlmodel import Session

from storage.canonical import CANONICAL, MAX_DEPTH, NotCanonical, canonical, digest
from storage.documents import dictionaries
from storage.documents.compression import pack, pack_against, pack_with, unpack, unpack_against, unpack_with
from storage.engine.bulk import RowValues, batches, insert_absent, table_of
from storage.engine.unchecked_rows import as_found
from storage.errors import Damaged
from storage.tables.models import DocumentRow

__all__ = [
    "CANONICAL",
    "LONGEST_CHAIN",
    "MAX_DEPTH",
    "NotCanonical",
    "canonical",
    "digest",
    "keep",
    "load",
    "load_many",
    "pack",
    "unpack",
    "unpacked",
]

LONGEST_CHAIN = 15
"""The most steps from a document to a complete one. So each 16th document of a trial is complete."""
WHOLE, WITH_DICTIONARY, AGAINST_BASE = "zstd", "zstd-dictionary", "zstd-base"
_BATCH = 50
_DOCUMENT = table_of(DocumentRow)
_COLUMNS = _DOCUMENT.c


def _chains_query() -> Select[Any]:
    """Build the query for whole chains. Built once, because building it takes longer than running it."""
    wanted = _COLUMNS.sha256.in_(bindparam("shas", expanding=True))
    steps = select(_COLUMNS.sha256, _COLUMNS.base).where(wanted).cte("steps", recursive=True)
    # UNION drops duplicate rows, so the recursion also ends on a circle of bases. Only tampering can make one.
    steps = steps.union(select(_COLUMNS.sha256, _COLUMNS.base).join(steps, _COLUMNS.sha256 == steps.c.base))
    return select(*as_found(_COLUMNS)).where(_COLUMNS.sha256.in_(select(steps.c.sha256)))


_CHAINS = _chains_query()
_Bases = Mapping[str, str]
_NO_BASES: _Bases = MappingProxyType({})


def keep(session: Session, items: Iterable[tuple[str, bytes]], bases: _Bases = _NO_BASES) -> None:
    """Store documents under their digests. Those already stored are left alone.

    Each item is (digest, canonical bytes). The pair is not checked here; `load` detects a wrong one. `bases` maps a
    digest to the digest of a similar document, usually the previous version of the trial. That one is stored already or
    comes earlier in `items`. If it is missing or cannot be read, the document is stored without it.
    """
    for batch in batches(items, _BATCH):
        wanted = dict(batch)
        for sha in session.connection().execute(select(_COLUMNS.sha256).where(_COLUMNS.sha256.in_(wanted))).scalars():
            del wanted[sha]
        if wanted:
            # On PostgreSQL another writer may have stored the same document since the query above.
            insert_absent(session, DocumentRow, _packed(session, wanted, bases))


def load(session: Session, sha: str) -> bytes:
    """Return the bytes stored under `sha`, checked against it. Raise Damaged if they are missing or altered."""
    return load_many(session, [sha])[sha]


def load_many(session: Session, shas: Iterable[str]) -> dict[str, bytes]:
    """Load several documents with few queries. All of them are in memory at once. Raise Damaged as `load` does."""
    found: dict[str, bytes] = {}
    for batch in batches(dict.fromkeys(shas), _BATCH):
        rows = _chains(session, batch)
        # Bases first, so that a document whose base was also asked for continues from it.
        for sha in sorted(batch, key=lambda sha: rows[sha].depth if sha in rows else 0):
            found[sha] = _read(session, sha, rows, found)
    return found


def unpacked(session: Session, row: Row[Any], base: bytes | None) -> bytes:
    """Return the checked bytes of one row. `base`: the bytes of its base, if it has one. Raise Damaged."""
    data = _unchecked(session, row, base)
    if digest(data) != row.sha256:
        raise Damaged("document", str(row.sha256), "its bytes are not those that were stored")
    return data


def _unchecked(session: Session, row: Row[Any], base: bytes | None) -> bytes:
    where = ("document", str(row.sha256))
    if row.encoding == AGAINST_BASE and base is not None:
        return unpack_against(base, row.body, where)
    if row.encoding == WITH_DICTIONARY and row.dictionary is not None:
        return unpack_with(dictionaries.read(session, row.dictionary), row.body, where)
    if row.encoding == WHOLE:
        return unpack(row.body, where)
    raise Damaged(*where, "its encoding is not known")


def _chains(session: Session, shas: Sequence[str]) -> dict[str, Row[Any]]:
    """Return the rows of `shas` and of all their bases, by digest. One query, however long the chains are."""
    return {row.sha256: row for row in session.connection().execute(_CHAINS, {"shas": shas})}


def _read(session: Session, sha: str, rows: Mapping[str, Row[Any]], found: Mapping[str, bytes]) -> bytes:
    """Follow the bases to a complete or already loaded document, then rebuild the document from there.

    Only the result is checked, because its digest vouches for every step below. If it is wrong, each step is checked,
    so that the error names the damaged row.
    """
    path: list[Row[Any]] = []
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
        data = _up(session, path, start, _unchecked)
    except Damaged:
        data = b""
    return data if digest(data) == sha else _up(session, path, start, unpacked)


def _up(session: Session, path: Sequence[Row[Any]], start: bytes | None, unpack_row: Callable[..., bytes]) -> bytes:
    data = start
    for row in reversed(path):
        data = unpack_row(session, row, data)
    assert data is not None
    return data


def _packed(session: Session, wanted: Mapping[str, bytes], bases: _Bases) -> list[RowValues]:
    """Return the rows for `wanted`, in the same order."""
    # `shelf` holds the bytes of all possible bases: stored ones, and those that come earlier in `wanted`.
    named = {sha: base for sha in wanted if (base := bases.get(sha)) and base != sha}
    shelf = _readable(session, {base for base in named.values() if base not in wanted})
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
    for sha, written in zip(whole, _wholes(session, [wanted[sha] for sha in whole]), strict=True):
        rows[sha] |= written
    return list(rows.values())


def _readable(session: Session, shas: Iterable[str]) -> dict[str, tuple[int, bytes]]:
    """Return depth and bytes of those `shas` that can be read. `verify` reports the damage of the others."""
    found: dict[str, tuple[int, bytes]] = {}
    wanted = list(shas)
    rows = _chains(session, wanted) if wanted else {}
    for sha in wanted:
        try:
            found[sha] = (rows[sha].depth, _read(session, sha, rows, {}))
        except (Damaged, KeyError):
            continue
    return found


def _wholes(session: Session, many: Sequence[bytes]) -> list[RowValues]:
    """Return the columns of documents stored complete, compressed with the newest dictionary if there is one."""
    number = _dictionary(session) if many else None
    if number is None:
        return [{"encoding": WHOLE, "body": pack(data)} for data in many]
    dictionary = dictionaries.read(session, number)
    return [{"encoding": WITH_DICTIONARY, "dictionary": number, "body": pack_with(dictionary, data)} for data in many]


def _dictionary(session: Session) -> int | None:
    """Return the dictionary to write with, or None. Train it first if the store has grown enough."""
    try:
        newest = dictionaries.newest(session)
        stage = dictionaries.due(session, newest)
        if stage is not None:
            examples = load_many(session, dictionaries.samples(session))
            newest = dictionaries.learn(session, stage, list(examples.values())) or newest
        if newest is not None:
            dictionaries.read(session, newest)
    except Damaged:
        # `verify` reports the damage. New documents must not depend on a damaged dictionary.
        return None
    return newest
