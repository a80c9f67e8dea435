"""Decide on the first document of a trial, as soon as it is there. Pure.

It has nothing to compare with, so everything that is to be written about it follows from the document alone. The
decision is staged beside the document, and committed only after the run is judged. It holds for its own run, and as
long as nothing else was read or stored about the trial. Otherwise the trial is decided on when it is committed, as
every changed one is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
import orjson

from storage.documents.compression import pack_with
from storage.values.trial_head import Head
from storage.values.write_models import NewStep
from tracker import __version__
from tracker.polling.decide import Decision, Fetched, RecordReader, decide
from tracker.records.json_objects import RawRecord

__all__ = [
    "FirstDocument",
    "LookAnswer",
    "LookJob",
    "Run",
    "first_look",
    "is_first",
    "look_at_all",
    "reader_of",
    "staged_decision",
]


class FirstDocument(NamedTuple):
    """The first document of a trial: its canonical bytes, their SHA-256, and its light hash."""

    trial: str
    raw: bytes
    sha256: str
    light_hash: str
    url: str


class Run(NamedTuple):
    """What a first look has to know of the poll it is part of."""

    registry: str
    day: str
    now: datetime
    run: int


class LookJob(NamedTuple):
    """First documents to look at, and all that this needs to know. It can be sent to another process."""

    #: Who asks, as `reader_of` says. A program that was updated since must not answer.
    reader: str
    run: Run
    #: To compress the documents with. Without one, they are not compressed.
    dictionary: bytes | None
    documents: Sequence[FirstDocument]


class LookAnswer(NamedTuple):
    """What to stage about a first document: the decision on it, and its compressed bytes. None: not made yet."""

    decision: bytes | None = None
    packed: bytes | None = None


class _FirstLook(NamedTuple):
    """The decision on a first document, as it is staged. The fields are those of `Decision`."""

    step: NewStep
    new_words: tuple[str, ...]
    numbers: tuple[str, ...]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_FirstLook)


def is_first(head: Head | None) -> bool:
    """Return whether nothing was ever read or stored about a trial, as far as its head tells."""
    return head is None or (head.current_version is None and not head.reads and head.gone_since is None)


def first_look(registry: RecordReader, run: Run, document: FirstDocument, value: RawRecord) -> bytes | None:
    """Return the decision on the first document of a trial, to be staged. `value` is the decoded document.

    None if the document is refused: a refusal keeps the bytes, so it is decided again when they are at hand.
    """
    trial = document.trial
    fetched = Fetched(value, None, document.sha256, document.light_hash, document.url)
    decision = decide(registry, fetched, _blank(trial), trial=trial, day=run.day, now=run.now, run=run.run)
    if decision.step is None:
        return None
    return _ENCODER.encode(_FirstLook(decision.step, decision.new_words, decision.numbers))


def look_at_all(registry: RecordReader, job: LookJob) -> list[LookAnswer]:
    """Look at each document of a job."""
    decisions = [first_look(registry, job.run, document, orjson.loads(document.raw)) for document in job.documents]
    if job.dictionary is None:
        return [LookAnswer(decision) for decision in decisions]
    return list(map(LookAnswer, decisions, pack_with(job.dictionary, [it.raw for it in job.documents])))


def reader_of(registry: RecordReader) -> str:
    """Return the version of the program, and of its reading of a registry's documents."""
    return f"{__version__} {registry.normalizer}"


def staged_decision(staged: bytes | None, head: Head) -> Decision | None:
    """Return the decision that `first_look` made, if it may be committed with the head as it is now."""
    if staged is None or not is_first(head):
        return None
    look = _DECODER.decode(staged)
    return Decision(step=look.step, first=True, new_words=look.new_words, numbers=look.numbers)


def _blank(trial: str) -> Head:
    return Head(trial, None, 0, "", "", "", None, None, None, 0, None, "", "")
