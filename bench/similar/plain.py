"""What anybody would begin with: TF-IDF of texts, (1 + ln tf) * idf, cosine, with the frequencies of the shelf."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from tracker.records.trial import TrialRecord
from tracker.similar.ranking.sections import included_and_excluded, subject_of, text_of
from tracker.similar.ranking.tokens import terms

__all__ = ["Plain", "all_text", "short_fields"]

Scores = npt.NDArray[np.float32]


def all_text(record: TrialRecord) -> str:
    """Every text of a record, exclusions too."""
    return f"{text_of(record)}\n{included_and_excluded(record)[1]}"


def short_fields(record: TrialRecord) -> str:
    """Titles, conditions, keywords and interventions alone."""
    return "\n".join(subject_of(record))


class Plain:
    """A shelf of records under one text of each."""

    def __init__(self, records: Sequence[TrialRecord], text: Callable[[TrialRecord], str]) -> None:
        counts = [Counter(terms(text(record))) for record in records]
        having: dict[str, list[int]] = defaultdict(list)
        for row, found in enumerate(counts):
            for term in found:
                having[term].append(row)
        size = len(records)
        rarity = {
            term: np.log((1 + size) / (1 + len(rows))) + 1
            for term, rows in having.items()
            if 2 <= len(rows) <= size / 2
        }
        self._vectors = [
            {term: (1 + np.log(n)) * rarity[term] for term, n in found.items() if term in rarity} for found in counts
        ]
        self._size = size
        self._postings: dict[str, tuple[npt.NDArray[np.int64], Scores]] = {}
        weights: dict[str, list[float]] = defaultdict(list)
        for vector in self._vectors:
            length = np.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
            for term, weight in vector.items():
                vector[term] = weight / length
                weights[term].append(weight / length)
        for term, found_weights in weights.items():
            self._postings[term] = (np.array(having[term]), np.array(found_weights, np.float32))

    def scores(self, row: int) -> Scores:
        """The cosine of one record with every other of the shelf."""
        found = np.zeros(self._size, np.float32)
        for term, weight in self._vectors[row].items():
            rows, weights = self._postings[term]
            found[rows] += weights * np.float32(weight)
        return found
