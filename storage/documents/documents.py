"""Documents under their SHA-256, each written whole or as the difference from the one that came before it.

Whole ones are compressed with a dictionary once the store has grown into one. A document that differs from its base
names it, and the base names its own: at most `LONGEST_CHAIN` steps to one that is whole. Rows are never rewritten;
what the first schema wrote (encoding "zstd", whole, no dictionary) is read like the rest.
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
from storage.engine.bulk import batches, insert_absent, table_of
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
"""Steps from a document to a whole one, at most: each 16th of a trial's documents is whole."""
WHOLE, WITH_DICTIONARY, AGAINST_BASE = "zstd", "zstd-dictionary", "zstd-base"
_BATCH = 50
_DOCUMENT = table_of(DocumentRow)
_COLUMNS = _DOCUMENT.c


def _chains_query() -> Select[Any]:
    """Made once: to make it takes longer than to run it."""
    wanted = _COLUMNS.sha256.in_(bindparam("shas", expanding=True))
    steps = select(_COLUMNS.sha256, _COLUMNS.base).where(wanted).cte("steps", recursive=True)
    # A union without doubles: a circle, which only somebody's own hand can have made, ends too.
    steps = steps.union(select(_COLUMNS.sha256, _COLUMNS.base).join(steps, _COLUMNS.sha256 == steps.c.base))
    return select(*as_found(_COLUMNS)).where(_COLUMNS.sha256.in_(select(steps.c.sha256)))


_CHAINS = _chains_query()
_Bases = Mapping[str, str]
_NO_BASES: _Bases = MappingProxyType({})


def keep(session: Session, items: Iterable[tuple[str, bytes]], bases: _Bases = _NO_BASES) -> None:
    """Store documents under their digests; what is already there is left alone.

    Each item is (digest, canonical bytes). The pair is taken on trust: a wrong one is found when it is loaded.
    `bases`: digest -> digest of the document it is probably much like (the one of the trial's version before), which
    is stored already or comes earlier in `items`. One that is not there, or cannot be read, is done without.
    """
    for batch in batches(items, _BATCH):
        wanted = dict(batch)
        for sha in session.connection().execute(select(_COLUMNS.sha256).where(_COLUMNS.sha256.in_(wanted))).scalars():
            del wanted[sha]
        if wanted:
            insert_absent(session, DocumentRow, _packed(session, wanted, bases))


def load(session: Session, sha: str) -> bytes:
    """The bytes stored under `sha`, checked against it. Raises Damaged when they are missing or altered."""
    return load_many(session, [sha])[sha]


def load_many(session: Session, shas: Iterable[str]) -> dict[str, bytes]:
    """As `load`, for several, in few queries. Holds all of them in memory at once."""
    found: dict[str, bytes] = {}
    for batch in batches(dict.fromkeys(shas), _BATCH):
        rows = _chains(session, batch)
        for sha in sorted(batch, key=lambda sha: rows[sha].depth if sha in rows else 0):
            found[sha] = _read(session, sha, rows, found)
    return found


def unpacked(session: Session, row: Row[Any], base: bytes | None) -> bytes:
    """The bytes of one row, checked. `base`: those of its base, when it has one. Raises Damaged."""
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
    raise Damaged(*where, "it does not say how it was written")


def _chains(session: Session, shas: Sequence[str]) -> dict[str, Row[Any]]:
    """The rows of `shas` and of all they are written upon, by digest: one query, however long the chains."""
    return {row.sha256: row for row in session.connection().execute(_CHAINS, {"shas": shas})}


def _read(session: Session, sha: str, rows: Mapping[str, Row[Any]], found: Mapping[str, bytes]) -> bytes:
    """Walk down to what is whole or read already, and come back up.

    The last bytes are checked, which vouches for all below; if they are wrong, each step is, so that damage has a name.
    """
    path: list[Row[Any]] = []
    at: str | None = sha
    while at is not None and at not in found:
        if at not in rows:
            raise Damaged("document", at, "is not there" if at == sha else f"is not there, and {sha} is built on it")
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


def _packed(session: Session, wanted: Mapping[str, bytes], bases: _Bases) -> list[dict[str, Any]]:
    """Rows for `wanted`, in its order."""
    named = {sha: base for sha in wanted if (base := bases.get(sha)) and base != sha}
    shelf = _readable(session, {base for base in named.values() if base not in wanted})
    rows: dict[str, dict[str, Any]] = {}
    for sha, data in wanted.items():
        base, depth = named.get(sha), 0
        row: dict[str, Any] = {"sha256": sha, "size": len(data), "base": None, "depth": 0, "dictionary": None}
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
    """Depth and bytes of those of `shas` that can be read. What is wrong with the others is `verify`'s to say."""
    found: dict[str, tuple[int, bytes]] = {}
    wanted = list(shas)
    rows = _chains(session, wanted) if wanted else {}
    for sha in wanted:
        try:
            found[sha] = (rows[sha].depth, _read(session, sha, rows, {}))
        except (Damaged, KeyError):
            continue
    return found


def _wholes(session: Session, many: Sequence[bytes]) -> list[dict[str, Any]]:
    """Documents packed whole, with the store's newest dictionary if it has one."""
    number = _dictionary(session) if many else None
    if number is None:
        return [{"encoding": WHOLE, "body": pack(data)} for data in many]
    dictionary = dictionaries.read(session, number)
    return [{"encoding": WITH_DICTIONARY, "dictionary": number, "body": pack_with(dictionary, data)} for data in many]


def _dictionary(session: Session) -> int | None:
    """The dictionary to write with, trained now if the store has grown into one; None when there is none to trust."""
    try:
        newest = dictionaries.newest(session)
        stage = dictionaries.due(session, newest)
        if stage is not None:
            examples = load_many(session, dictionaries.samples(session))
            newest = dictionaries.learn(session, stage, list(examples.values())) or newest
        if newest is not None:
            dictionaries.read(session, newest)
    except Damaged:
        # What is damaged is `verify`'s to tell. A new document is not written upon it, but by itself.
        return None
    return newest
