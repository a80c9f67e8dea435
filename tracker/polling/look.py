"""Look at a record while it is at hand: is it the document we have, or another one? Pure.

All that takes time happens here, outside of any transaction. What comes out is written in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import orjson

from storage.documents import documents
from storage.values.trial_head import Head
from tracker.errors import RecordError
from tracker.isolation import one_record
from tracker.polling.first_look import FirstDocument
from tracker.registries.answers import RawTrial
from tracker.registries.registry import Registry

__all__ = ["Differing", "Looked", "Refused", "Same", "is_current", "look_at"]


class Same(NamedTuple):
    """An answer that is the document we have, and its wire hash, "" if it has none or if we know it already."""

    trial: str
    light_hash: str
    wire_hash: str = ""


class Differing(NamedTuple):
    """An answer that is not the document we have."""

    trial: str
    #: Its canonical bytes.
    raw: bytes
    sha256: str
    light_hash: str
    wire_hash: str
    url: str

    @property
    def first(self) -> FirstDocument:
        """Return it as the first document of its trial."""
        return FirstDocument(self.trial, self.raw, self.sha256, self.light_hash, self.url)


class Refused(NamedTuple):
    """An answer that cannot be kept as a document, and why."""

    answer: RawTrial
    error: RecordError

    @property
    def trial(self) -> str:
        return self.answer.trial


Looked = Same | Differing | Refused


def look_at(registry: Registry, answer: RawTrial, heads: Mapping[str, Head]) -> Looked:
    """Return how a decoded answer stands to what we have. `heads` has those trials that are known."""
    try:
        with one_record("the hash of its document", answer.trial), _named():
            same = Same(answer.trial, registry.light_hash(answer.value), answer.wire_hash)
            if is_current(same, heads):
                return same
            raw = documents.canonical(answer.value, decoded=True)
    except RecordError as error:
        return Refused(answer, error)
    sha256 = documents.digest(raw)
    return Differing(answer.trial, raw, sha256, same.light_hash, answer.wire_hash, answer.url)


def is_current(answer: Same, heads: Mapping[str, Head]) -> bool:
    """Return whether an answer is the document of its trial's current version."""
    head = heads.get(answer.trial)
    return head is not None and bool(head.versions) and head.light_hash == answer.light_hash


@contextmanager
def _named() -> Iterator[None]:
    """Turn a value that JSON cannot hold (a lone surrogate, a number too large) into a RecordError."""
    try:
        yield
    except (documents.NotCanonical, orjson.JSONEncodeError) as error:
        raise RecordError(str(error)) from error
