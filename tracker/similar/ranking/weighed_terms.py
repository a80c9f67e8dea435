"""The terms of a record as words, with their weights: what a vector holds as hashes. Pure.

Only the few trials that are shown are read this way, because it takes ten times as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

import numpy as np

from tracker.records.trial import TrialRecord
from tracker.similar.ranking.background import Background
from tracker.similar.ranking.sections import sections
from tracker.similar.ranking.tokens import terms
from tracker.similar.ranking.vectors import STEP, hash_of, vector_of

__all__ = ["shared_terms", "telling_terms", "weighed_terms"]

_FEW = 0.1
"""A term of more than this share of all trials is no reason: efficacy, combination, tolerability."""


def weighed_terms(record: TrialRecord, background: Background) -> dict[str, float]:
    """Return each term of a record with its weight. The squares of the weights sum to 1."""
    written = {term for section in sections(record) for text in section.texts for term in terms(text)}
    vector = vector_of(record, background)
    weights = dict(
        zip(
            vector.terms.tolist(),
            (vector.amounts * STEP * background.rarity(vector.terms)).astype(np.float64).tolist(),
            strict=True,
        )
    )
    length = sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {term: weights[number] / length for term in sorted(written) if (number := hash_of(term)) in weights}


def shared_terms(one: Mapping[str, float], other: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return the common terms of two records and what each adds to their score, the largest first.

    The sum is the score.
    """
    found = [(term, weight * other[term]) for term, weight in one.items() if term in other]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def telling_terms(
    one: Mapping[str, float], other: Mapping[str, float], background: Background
) -> list[tuple[str, float]]:
    """Return the common terms that few trials have, the largest first, each with its part of the score, 0 to 1."""
    shared = shared_terms(one, other)
    whole = sum(share for _, share in shared)
    numbers = np.array([hash_of(term) for term, _ in shared], np.uint64)
    few = background.share(numbers) <= _FEW
    return [(term, share / whole) for (term, share), telling in zip(shared, few.tolist(), strict=True) if telling]
