"""A record as a vector: each term it contains, with how much of it there is. Pure.

A term is the stem of a word, or a pair of neighbouring stems, as a hash of 64 bits. Its amount is the logarithm of how
often it occurs, each occurrence counted by the weight of its section, in 1/40 and so in one byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from tracker.records.trial import TrialRecord
from tracker.similar.ranking.arrays import Bytes, Hashes, Numbers
from tracker.similar.ranking.background import Background
from tracker.similar.ranking.sections import Section, sections
from tracker.similar.ranking.tokens import EMPTY, stem, words

__all__ = ["STEP", "TermVector", "hash_of", "terms_of", "vector_of"]

STEP = np.float32(1 / 40)
_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
"""Odd numbers that mix the hashes of two words into that of their pair."""
_ALL_BITS = (1 << 64) - 1
_LOOSE_PAIR = 0.5
"""How much a pair counts if one of its words is empty, as in "and wait"."""
_BREAK = 0
"""Stands between two texts, so that no pair is made of the end of one and the beginning of the next."""


class TermVector(NamedTuple):
    """`terms`: sorted, each once. `amounts`: the amount of each, in steps of 1/40."""

    terms: Hashes
    amounts: Bytes


def vector_of(record: TrialRecord, background: Background) -> TermVector:
    """Return the vector of a record. Pairs of words that the background does not know are left out."""
    found, weights, singles = _occurrences(sections(record))
    # Single words come first, then pairs.
    keep = np.append(np.ones(singles, np.bool_), background.knows(found[singles:]))
    terms, places = np.unique(found[keep], return_inverse=True)
    sums = np.bincount(places, weights[keep], terms.size)
    amounts = np.clip(np.rint(np.log1p(sums) / STEP), 1, 255).astype(np.uint8)
    rare = background.rarity(terms) > 0
    return TermVector(terms[rare], amounts[rare])


def terms_of(record: TrialRecord) -> Hashes:
    """Return every term of a record outside its exclusions, sorted, each once.

    HIV is among the exclusions of a third of all trials, and still says much about a trial that names it elsewhere.
    """
    return np.unique(_occurrences(sections(record)[:-1])[0])


def _occurrences(parts: Iterable[Section]) -> tuple[Hashes, Numbers, int]:
    """Return each occurrence of a term with its weight: first all single words, then the pairs; and how many single."""
    hashes: list[int] = []
    weights: list[float] = []
    for weight, texts in parts:
        before = len(hashes)
        for text in texts:
            hashes.extend(map(_hash_of_word, words(text)))
            hashes.append(_BREAK)
        weights.extend([weight] * (len(hashes) - before))
    every, counted = np.array(hashes, np.uint64), np.array(weights, np.float64)
    real = every != _BREAK
    within = real[:-1] & real[1:]
    one, second = every[:-1][within], every[1:][within]
    loose = np.isin(one, _empty()) | np.isin(second, _empty())
    of_pairs = counted[:-1][within] * np.where(loose, _LOOSE_PAIR, 1)
    found = np.concatenate([every[real], _pairs(one, second)])
    return found, np.concatenate([counted[real], of_pairs]), int(real.sum())


def hash_of(term: str) -> int:
    """Return the hash of a term: a stem, or two with a space between them."""
    one, _, second = term.partition(" ")
    if not second:
        return _hash_of_stem(one)
    return _hash_of_stem(one) * int(_FIRST) & _ALL_BITS ^ _hash_of_stem(second) * int(_SECOND) & _ALL_BITS


def _pairs(one: Hashes, second: Hashes) -> Hashes:
    return one * _FIRST ^ second * _SECOND


@lru_cache(maxsize=1)
def _empty() -> Hashes:
    return np.array(sorted(map(_hash_of_word, EMPTY)), np.uint64)


@lru_cache(maxsize=1 << 18)
def _hash_of_word(word: str) -> int:
    return _hash_of_stem(stem(word))


@lru_cache(maxsize=1 << 18)
def _hash_of_stem(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") or 1
