"""Look at a record while it is at hand: is it the document we have, or another one? Pure.

All that takes time happens here, outside of any transaction. What comes out is written in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import orjson

from storage.documents import documents
from storage.values.trial_head import Head
from tracker.errors import RecordError
from tracker.isolation import one_record
from tracker.polling.decide import Fetched
from tracker.polling.first_look import first_look, is_first
from tracker.records.json_objects import RawRecord
from tracker.registries.answers import RawTrial
from tracker.registries.registry import Registry

__all__ = ["Differing", "Look", "Looked", "Refused", "Same", "is_current"]


class Same(NamedTuple):
    """An answer that is the document we have, and its wire hash, "" if it has none or if we know it already."""

    trial: str
    light_hash: str
    wire_hash: str = ""


@dataclass(frozen=True, slots=True)
class Differing:
    """An answer that is not the document we have."""

    trial: str
    document: RawRecord
    raw: bytes
    sha256: str
    light_hash: str
    wire_hash: str
    url: str
    #: What to write about it, if it is the first of its trial.
    decision: bytes | None


class Refused(NamedTuple):
    """An answer that cannot be kept as a document, and why."""

    answer: RawTrial
    error: RecordError


Looked = Same | Differing | Refused


@dataclass(frozen=True, slots=True)
class Look:
    """One run's look at records."""

    registry: Registry
    day: str
    now: datetime
    run: int

    def at(self, answer: RawTrial, heads: Mapping[str, Head]) -> Looked:
        """Return how an answer stands to what we have. `heads` has those trials that are known."""
        trial = answer.trial
        try:
            with one_record("the hash of its document", trial), _named():
                light = self.registry.light_hash(answer.value)
                same = Same(trial, light, answer.wire_hash)
                if is_current(same, heads):
                    return same
                raw = documents.canonical(answer.value, decoded=True)
        except RecordError as error:
            return Refused(answer, error)
        sha256 = documents.digest(raw)
        decision = None
        if is_first(heads.get(trial)):
            fetched = Fetched(answer.value, None, sha256, light, answer.url)
            decision = first_look(self.registry, fetched, trial=trial, day=self.day, now=self.now, run=self.run)
        return Differing(trial, answer.value, raw, sha256, light, answer.wire_hash, answer.url, decision)


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
