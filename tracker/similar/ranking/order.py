"""Trials in the order of their scores, as many as are wanted. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from tracker.similar.ranking.arrays import Names, Weights

__all__ = ["Ranked", "in_order"]

_DIGITS = 6
"""Scores that agree in this many digits are a tie. Ties are ordered by trial id."""
_FIRST, _MORE = 64, 8


class Ranked(NamedTuple):
    """`score`: from 0, no common term, to 1, the same text. `part` and `row` say where the trial was found."""

    trial: str
    score: float
    part: int
    row: int


def in_order(parts: Sequence[tuple[Names, Weights]]) -> Iterator[Ranked]:
    """Yield all trials of these parts, the most similar first. Trials with a negative score are left out.

    Sorts only what is taken: first a few, then eight times as many.
    """
    if not parts:
        return
    names = np.concatenate([names for names, _ in parts])
    exact = np.concatenate([scores for _, scores in parts]).astype(np.float64).round(_DIGITS)
    exact = np.minimum(exact, 1.0)  # sums of float32 may exceed 1
    ends = np.cumsum([names.size for names, _ in parts])
    left, count = np.flatnonzero(exact >= 0), _FIRST
    while left.size:
        least = np.partition(exact[left], -count)[-count] if left.size > count else 0.0
        now, left = left[exact[left] >= least], left[exact[left] < least]
        for at in now[np.lexsort((names[now], -exact[now]))].tolist():
            part = int(np.searchsorted(ends, at, "right"))
            yield Ranked(names[at].decode(), float(exact[at]), part, at - int(ends[part]) + parts[part][0].size)
        count *= _MORE
