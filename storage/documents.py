"""JSON value -> canonical bytes -> SHA-256 -> compressed row, and back. Knows nothing of what a document says.

"canonical-v1" is what orjson writes with sorted keys: UTF-8, no white space, floats in their shortest form. It is not
RFC 8785 (1.0 and 1 are different documents here). What has no single JSON form is refused, never bent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from math import isfinite
from typing import Any

import orjson
import zstandard
from sqlmodel import Session, col, select

from storage.bulk import batches, insert_absent
from storage.errors import Damaged
from storage.models import Document

__all__ = [
    "CANONICAL",
    "MAX_DEPTH",
    "NotCanonical",
    "canonical",
    "digest",
    "keep",
    "load",
    "load_many",
    "pack",
    "unpack",
]

CANONICAL = "canonical-v1"
MAX_DEPTH = 200
MAX_BYTES = 1 << 30
"""Above what any document may be: a damaged header must not ask for all the memory there is."""
_ENCODING = "zstd"
_LEVEL = 3
_BATCH = 200
_JSON_TYPES = frozenset({dict, list, tuple, str, int, float, bool, type(None)})


class NotCanonical(ValueError):
    """A value without one canonical JSON form; says why."""


def canonical(value: object, *, decoded: bool = False) -> bytes:
    """The canonical bytes of a JSON value (dict, list or tuple, str, int, float, bool, None).

    `decoded`: the value came out of a JSON decoder that refuses NaN and infinities, so that only its nesting, its
    numbers' size and its surrogates are in question. Raises NotCanonical for lone surrogates, integers beyond 64 bits,
    NaN and infinities, keys that are not text, nesting deeper than MAX_DEPTH, and any other type.
    """
    if decoded:
        _check_depth(value)
    else:
        _check(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise NotCanonical(str(error)) from error


def _check_depth(value: object) -> None:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            item
            for branch in level
            for item in (branch.values() if type(branch) is dict else branch)
            if type(item) is dict or type(item) is list
        ]
        if not level:
            return
    raise NotCanonical(f"nested deeper than {MAX_DEPTH}")


def _check(value: object) -> None:
    """Refuse what orjson would bend or take silently: NaN becomes null there, an enum its value."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        kinds = set(map(type, level))
        if odd := kinds - _JSON_TYPES:
            raise NotCanonical(f"{odd.pop().__name__} is not a JSON type")
        if float in kinds and not all(isfinite(item) for item in level if type(item) is float):
            raise NotCanonical("NaN and infinities are not JSON numbers")
        deeper: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is dict:
                deeper.extend(item.values())
            elif kind is list or kind is tuple:
                deeper.extend(item)
        if not deeper:
            return
        level = deeper
    raise NotCanonical(f"nested deeper than {MAX_DEPTH}")


def digest(data: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return sha256(data).hexdigest()


def keep(session: Session, items: Iterable[tuple[str, bytes]]) -> None:
    """Store documents under their digests; what is already there is left alone.

    Each item is (digest, canonical bytes). The pair is taken on trust: a wrong one is found when it is loaded.
    """
    for batch in batches(items, _BATCH):
        wanted = dict(batch)
        wanted_keys = col(Document.sha256).in_(wanted)
        for sha in session.exec(select(Document.sha256).where(wanted_keys)):
            del wanted[sha]
        rows = [
            {"sha256": sha, "size": len(data), "encoding": _ENCODING, "body": pack(data)}
            for sha, data in wanted.items()
        ]
        insert_absent(session, Document, rows)


def load(session: Session, sha: str) -> bytes:
    """The bytes stored under `sha`, checked against it. Raises Damaged when they are missing or altered."""
    return load_many(session, [sha])[sha]


def load_many(session: Session, shas: Iterable[str]) -> dict[str, bytes]:
    """As `load`, for several, in few queries. Holds all of them in memory at once."""
    wanted = dict.fromkeys(shas)
    found = {}
    for batch in batches(wanted, _BATCH):
        for document in _rows(session, batch):
            found[document.sha256] = unpacked(document)
    for sha in wanted:
        if sha not in found:
            raise Damaged("document", sha, "is not there")
    return found


def _rows(session: Session, shas: Sequence[str]) -> Iterable[Document]:
    return session.exec(select(Document).where(col(Document.sha256).in_(shas)))


def unpacked(document: Document) -> bytes:
    """The bytes of one row, checked. Raises Damaged."""
    data = unpack(document.body, ("document", document.sha256))
    if digest(data) != document.sha256:
        raise Damaged("document", document.sha256, "its bytes are not those that were stored")
    return data


def pack(data: bytes) -> bytes:
    """Compress; the result says how long `data` was."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(data)


def unpack(body: bytes, where: tuple[str, str]) -> bytes:
    """Undo `pack`. Raises Damaged, naming `where` (table and row), when `body` is not a whole frame of sane size."""
    try:
        size = zstandard.frame_content_size(body)
        if not 0 <= size <= MAX_BYTES:
            raise Damaged(*where, "its header says an impossible size")
        return zstandard.ZstdDecompressor().decompress(body)
    except zstandard.ZstdError as error:
        raise Damaged(*where, f"does not decompress ({error})") from error
