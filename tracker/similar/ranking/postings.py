"""Many vectors as an inverted file: for each term the trials that have it. Scores all of them at once. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracker.similar.ranking.arrays import Bytes, Counts, Hashes, Marks, Places, Rows, Weights
from tracker.similar.ranking.background import Background
from tracker.similar.ranking.vectors import STEP, TermVector

__all__ = ["Postings", "Query", "counts_of", "joined", "postings_of", "query_of"]

_AT_ONCE = 1 << 20
"""How many postings are worked on at once, unless a single term has more."""


@dataclass(frozen=True, slots=True)
class Postings:
    """`terms`: sorted. The trials that have `terms[i]` are `rows[starts[i]:starts[i + 1]]`, with `amounts` beside them.

    `lengths`: the length of each trial's vector; 1 for one without a term.
    """

    terms: Hashes
    starts: Places
    rows: Rows
    amounts: Bytes
    lengths: Weights

    def __len__(self) -> int:
        return self.lengths.size


@dataclass(frozen=True, slots=True)
class Query:
    """A vector as it is asked with: what one step of each term adds to the score of a trial that has it."""

    terms: Hashes
    factors: Weights

    def scores(self, postings: Postings) -> Weights:
        """Return how similar each trial is: from 0, no common term, to 1, the same vector."""
        found = np.zeros(len(postings), np.float32)
        if not postings.terms.size:
            return found
        places = np.minimum(np.searchsorted(postings.terms, self.terms), postings.terms.size - 1)
        shared = postings.terms[places] == self.terms
        places, factors = places[shared], self.factors[shared]
        first, last = postings.starts[places].tolist(), postings.starts[places + 1].tolist()
        for begin, end, factor in zip(first, last, factors, strict=True):
            # No trial is twice in the list of one term, so += adds each amount.
            found[postings.rows[begin:end]] += postings.amounts[begin:end] * factor
        found /= postings.lengths
        return found


def query_of(vector: TermVector, background: Background) -> Query:
    """Return the query for trials like this vector."""
    rarity = background.rarity(vector.terms)
    weights = vector.amounts * STEP * rarity
    length = np.sqrt(np.square(weights, dtype=np.float64).sum()) or 1.0
    return Query(vector.terms, (weights * rarity * STEP / length).astype(np.float32))


def postings_of(vectors: Sequence[TermVector], background: Background) -> Postings:
    """Return the postings of these vectors. The position of a vector is its row."""
    terms = np.concatenate([vector.terms for vector in vectors] or [np.zeros(0, np.uint64)])
    amounts = np.concatenate([vector.amounts for vector in vectors] or [np.zeros(0, np.uint8)])
    rows = np.repeat(np.arange(len(vectors), dtype=np.uint32), [vector.terms.size for vector in vectors])
    order = np.argsort(terms, kind="stable")  # stable, so that the rows of a term stay in order
    different, starts = np.unique(terms[order], return_index=True)
    ends = np.append(starts, terms.size).astype(np.int64)
    found = Postings(different, ends, rows[order], amounts[order], np.ones(len(vectors), np.float32))
    return _measured(found, background)


def joined(parts: Sequence[tuple[Postings, Marks]], background: Background) -> Postings:
    """Return the postings of several together, each with marks of the rows to keep. The others are left out.

    Nothing is sorted: a term's trials of the first part come first, then those of the next.
    """
    terms, counts = counts_of(parts)
    terms, counts = terms[counts > 0], counts[counts > 0]
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
    rows, amounts = np.zeros(starts[-1], np.uint32), np.zeros(starts[-1], np.uint8)
    free, before = starts[:-1].copy(), 0
    for postings, keep in parts:
        new_rows = (np.cumsum(keep) - 1 + before).astype(np.uint32)
        for some, first, last in _blocks(postings):
            kept = keep[postings.rows[first:last]]
            sizes = _sizes(kept, postings.starts[some.start : some.stop + 1] - first)
            own, found = np.searchsorted(terms, postings.terms[some][sizes > 0]), sizes[sizes > 0]
            # The place of a posting: where its term begins to be free, plus its position in the term's own list.
            places = np.repeat(free[own] - (np.cumsum(found) - found), found) + np.arange(found.sum())
            rows[places] = new_rows[postings.rows[first:last][kept]]
            amounts[places] = postings.amounts[first:last][kept]
            free[own] += found
        before += int(keep.sum())
    return _measured(Postings(terms, starts, rows, amounts, np.ones(before, np.float32)), background)


def _blocks(postings: Postings) -> Iterator[tuple[slice, int, int]]:
    """Yield some terms at a time, with where their postings begin and end. So a large index needs little memory."""
    start = 0
    while start < postings.terms.size:
        first = int(postings.starts[start])
        stop = int(np.searchsorted(postings.starts, first + _AT_ONCE, "right")) - 1
        stop = min(max(stop, start + 1), postings.terms.size)
        yield slice(start, stop), first, int(postings.starts[stop])
        start = stop


def _sizes(kept: Marks, starts: Places) -> Places:
    """Return how many postings of each term are kept. `starts`: where each term begins, and the end."""
    upto = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept, dtype=np.int64)])
    return np.asarray(upto[starts[1:]] - upto[starts[:-1]], np.int64)


def counts_of(parts: Sequence[tuple[Postings, Marks]]) -> tuple[Hashes, Counts]:
    """Return all terms of several, and in how many of the trials to keep each is."""
    terms = np.unique(np.concatenate([postings.terms for postings, _ in parts]))
    counts = np.zeros(terms.size, np.uint32)
    for postings, keep in parts:
        for some, first, last in _blocks(postings):
            found = _sizes(keep[postings.rows[first:last]], postings.starts[some.start : some.stop + 1] - first)
            counts[np.searchsorted(terms, postings.terms[some])] += found.astype(np.uint32)
    return terms, counts


def _measured(postings: Postings, background: Background) -> Postings:
    """Return these postings with the lengths of their vectors."""
    rarity = background.rarity(postings.terms)
    found = np.zeros(len(postings), np.float64)
    for some, first, last in _blocks(postings):
        sizes = np.diff(postings.starts[some.start : some.stop + 1])
        weights = postings.amounts[first:last] * (STEP * np.repeat(rarity[some], sizes))
        found += np.bincount(postings.rows[first:last], np.square(weights, dtype=np.float64), found.size)
    found[found == 0] = 1
    return replace(postings, lengths=np.sqrt(found).astype(np.float32))
