"""How similar trials are: TF-IDF over all their words, and two small bonuses. Only this module knows scikit-learn.

Measured on 6,786 real records against judgments of people and registrants (`bench/similar.py`), the words of the whole
record say more than titles, subject headings or small language models. Phase, design, sponsor and country say almost
nothing. So they are shown and used as filters, but never change a score.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from tracker.errors import UnknownTrial
from tracker.records.trial import TrialRecord
from tracker.similar.terms import terms, text_of, titles_of

__all__ = ["NO_BONUS", "Ranked", "Ranking", "Weights"]

Numbers = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float64]

_FEW = 50
"""Among fewer trials, all words count. With more, words of one trial alone and of most trials are ignored."""
_DIGITS = 6
"""Scores that agree in this many digits are a tie. Ties are ordered by trial id."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What is added to the similarity of all words (weight 1): that of titles, and shared intervention headings."""

    titles: float = 0.14
    interventions: float = 0.07


USUAL = Weights()
NO_BONUS = Weights(0, 0)


class Ranked(NamedTuple):
    """`score`: from 0, no common word, to 1, the same record."""

    trial: str
    score: float


class Ranking:
    """A set of trials to compare. Their order, and copies of a trial, do not change any score.

    Building takes about 3 ms per trial, a query a few ms in all. The other trials influence the score of a pair only by
    how common they make each word.
    """

    def __init__(self, records: Iterable[TrialRecord], weights: Weights = USUAL) -> None:
        by_id = {record.trial: record for record in records}
        self.trials = sorted(by_id)
        self._weights = weights
        self._row = {trial: row for row, trial in enumerate(self.trials)}
        ordered = [by_id[trial] for trial in self.trials]
        # min_df and max_df drop words of one trial alone and of most trials. In a small set such words are telling too.
        few = len(ordered) < _FEW
        vectorizer = TfidfVectorizer(
            analyzer=terms, sublinear_tf=True, min_df=1 if few else 2, max_df=1.0 if few else 0.5, dtype=np.float32
        )
        texts, titles = map(text_of, ordered), map(titles_of, ordered)
        try:
            self._words = _Vectors(vectorizer.fit_transform(texts))
            self._titles = _Vectors(vectorizer.transform(titles))
            self._names: list[str] = vectorizer.get_feature_names_out().tolist()
        except ValueError:  # raised if there is no word at all, or none that two trials share
            self._words = self._titles = _Vectors(csr_matrix((len(ordered), 1), dtype=np.float32))
            self._names = [""]
        self._headings = [frozenset(map(str.casefold, record.mesh.interventions)) for record in ordered]
        self._with_heading: dict[str, list[int]] = defaultdict(list)
        for row, headings in enumerate(self._headings):
            for heading in headings:
                self._with_heading[heading].append(row)

    def scores(self, trial: str) -> Scores:
        """Return the similarity of `trial` to each of `self.trials`, in their order. Raise UnknownTrial."""
        row = self._row_of(trial)
        weights = self._weights
        total = self._words.alike(row)
        if weights.titles:
            total += np.float32(weights.titles) * self._titles.alike(row)
        if weights.interventions:
            total += np.float32(weights.interventions) * self._shared_headings(row)
        full = 1 + weights.titles + weights.interventions
        return np.minimum((total.astype(np.float64) / full).round(_DIGITS), 1.0)  # float32 sums may exceed 1

    def nearest(self, trial: str, among: Collection[str] | None = None) -> Iterator[Ranked]:
        """Yield all others (or those in `among`), the most similar first. Raise UnknownTrial."""
        scores = self.scores(trial)
        best = np.argsort(-scores, kind="stable")  # stable, over sorted ids: ties are ordered by id
        found = map(Ranked, (self.trials[row] for row in best.tolist()), scores[best].tolist())
        return (it for it in found if it.trial != trial and (among is None or it.trial in among))

    def shared_terms(self, trial: str, other: str) -> list[tuple[str, float]]:
        """Return the common terms of two trials and what each adds to the similarity of all words, the largest first.

        The sum is that similarity.
        """
        both = self._words.rows[self._row_of(trial)].multiply(self._words.rows[self._row_of(other)]).tocoo()
        found = [(self._names[term], float(share)) for term, share in zip(both.col, both.data, strict=True)]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def top_terms(self, trial: str) -> list[str]:
        """Return the terms of a trial, the rarest and most telling first."""
        row = self._words.rows[self._row_of(trial)]
        found = sorted(zip(-row.data, (self._names[term] for term in row.indices), strict=True))
        return [name for _, name in found]

    def _row_of(self, trial: str) -> int:
        if trial not in self._row:
            raise UnknownTrial(f"{trial} is not among the trials that are compared", subject=trial)
        return self._row[trial]

    def _shared_headings(self, row: int) -> Numbers:
        """Return the share of common intervention headings among all headings of the two trials."""
        mine = self._headings[row]
        shared = Counter(other for heading in mine for other in self._with_heading[heading])
        found = np.zeros(len(self.trials), dtype=np.float32)
        for other, count in shared.items():
            found[other] = count / (len(mine) + len(self._headings[other]) - count)
        return found


class _Vectors:
    """Normalized rows, stored by trial and by term. A query visits only trials that share a term."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows.tocsr()
        self._by_term = self.rows.T.tocsr()

    def alike(self, row: int) -> Numbers:
        found: Numbers = (self.rows[row] @ self._by_term).toarray().ravel()
        return found
