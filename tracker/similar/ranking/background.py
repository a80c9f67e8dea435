"""How rare each term is among trials. Pure.

The frequencies are shipped with the program, so that a score does not depend on what else is stored. They were counted
in 8,170 real records, outside their exclusions (`python -m bench.similar frequencies`). A large store adds its own: see
`Background.with_own`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import IO

import numpy as np

from tracker.similar.ranking.arrays import Counts, Hashes, Marks, Numbers, Places, Weights

__all__ = ["LEAST", "Background", "background_of", "shipped"]

_POWER = 1.4
"""Above 1, a rare term counts more than in plain TF-IDF. Measured, like the weights of the sections."""
_MOST = 0.5
"""A term of more than this share of all trials says nothing."""
LEAST = 2
"""A pair of words counts if it is in at least so many records."""


@dataclass(frozen=True, slots=True)
class Background:
    """`counts`: in how many of the `trials` each of the `terms` is. `terms` are sorted hashes."""

    trials: int
    terms: Hashes
    counts: Counts

    def knows(self, terms: Hashes) -> Marks:
        """Return for each term whether it was counted."""
        return np.equal(self.terms[self._places(terms)], terms)

    def rarity(self, terms: Hashes) -> Weights:
        """Return the weight of each term: 0 for one of most trials, the highest for one that was never counted."""
        counts = self._counts_of(terms)
        weights = (np.log((1 + self.trials) / (1 + counts)) + 1) ** _POWER
        return np.where(counts > _MOST * self.trials, 0, weights).astype(np.float32)

    def share(self, terms: Hashes) -> Weights:
        """Return in which share of all trials each term is, 0 to 1."""
        return (self._counts_of(terms) / self.trials).astype(np.float32)

    def with_own(self, trials: int, terms: Hashes, counts: Counts) -> Background:
        """Return a background that also counts `trials` of a store. `terms` are sorted, each once."""
        own = counts >= LEAST
        both = np.union1d(self.terms, terms[own])
        total = np.zeros(both.size, np.uint32)
        total[np.searchsorted(both, self.terms)] += self.counts
        total[np.searchsorted(both, terms[own])] += counts[own]
        return Background(self.trials + trials, both, total)

    def save(self, file: IO[bytes]) -> None:
        """Write the frequencies as `background_of` reads them, each count in as few bytes as the largest needs."""
        counts = self.counts.astype(np.min_scalar_type(int(self.counts.max())))
        np.savez(file, trials=np.uint32(self.trials), terms=self.terms, counts=counts)

    def _counts_of(self, terms: Hashes) -> Numbers:
        """Return in how many trials each term is. One that was never counted is in one."""
        places = self._places(terms)
        return np.where(self.terms[places] == terms, self.counts[places], 1).astype(np.float64)

    def _places(self, terms: Hashes) -> Places:
        return np.minimum(np.searchsorted(self.terms, terms), self.terms.size - 1)


@lru_cache(maxsize=1)
def shipped() -> Background:
    """Return the frequencies that come with the program."""
    with (files("tracker.similar.ranking") / "frequencies.npz").open("rb") as file:
        return background_of(file)


def background_of(file: IO[bytes]) -> Background:
    """Return the frequencies in a file: ``trials``, ``terms`` and ``counts`` as numpy writes them."""
    with np.load(file, allow_pickle=False) as stored:
        return Background(int(stored["trials"]), stored["terms"], stored["counts"].astype(np.uint32))
