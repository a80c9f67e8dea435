"""One part of the index: some trials, with everything that ranks and filters them. Never changed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tracker.records.trial import TrialRecord
from tracker.similar.filters import Facets, facets_of
from tracker.similar.ranking.arrays import Marks, Names
from tracker.similar.ranking.background import Background
from tracker.similar.ranking.postings import Postings, joined, postings_of
from tracker.similar.ranking.vectors import TermVector, vector_of

__all__ = ["DIGEST", "Entry", "Segment", "entry_of", "joined_segments", "segment_of"]

DIGEST = 16
"""How many characters of a document's SHA-256 name what a trial was read from."""


class Entry(NamedTuple):
    """One trial of the index. `digest`: the beginning of the SHA-256 of the document it was read from."""

    trial: str
    digest: str
    facets: Facets
    vector: TermVector


@dataclass(frozen=True, slots=True)
class Segment:
    """`trials`, `digests`, `facets` and the postings have the same rows."""

    trials: Names
    digests: Names
    postings: Postings
    facets: Sequence[Facets]

    def __len__(self) -> int:
        return self.trials.size


def entry_of(record: TrialRecord, digest: str, background: Background) -> Entry:
    return Entry(record.trial, digest[:DIGEST], facets_of(record), vector_of(record, background))


def segment_of(entries: Sequence[Entry], background: Background) -> Segment:
    """Return a segment of these trials."""
    return Segment(
        _names([entry.trial for entry in entries]),
        _names([entry.digest for entry in entries]),
        postings_of([entry.vector for entry in entries], background),
        [entry.facets for entry in entries],
    )


def joined_segments(parts: Sequence[tuple[Segment, Marks]], background: Background) -> Segment:
    """Return one segment of several, each with marks of the rows to keep."""
    return Segment(
        np.concatenate([segment.trials[keep] for segment, keep in parts]),
        np.concatenate([segment.digests[keep] for segment, keep in parts]),
        joined([(segment.postings, keep) for segment, keep in parts], background),
        [found for segment, keep in parts for found, kept in zip(segment.facets, keep, strict=True) if kept],
    )


def _names(texts: Sequence[str]) -> Names:
    return np.array([text.encode() for text in texts] or [b""], np.bytes_)[: len(texts)]
