"""Count in how many real records each term is, and write the table that comes with the program.

A pair of words is kept if two records have it. So the table holds no sentence of any record, and no rare combination.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from bench.similar.corpus import Old, new_shelf
from tracker.records.trial import TrialRecord
from tracker.similar.ranking import background
from tracker.similar.ranking.background import LEAST, Background
from tracker.similar.ranking.vectors import terms_of

__all__ = ["counted", "write"]

TABLE = Path(background.__file__).parent / "frequencies.npz"


def counted(records: Iterable[TrialRecord]) -> Background:
    """Return in how many of these records each term is."""
    every = [terms_of(record) for record in records]
    terms, counts = np.unique(np.concatenate(every), return_counts=True)
    kept = counts >= LEAST
    return Background(len(every), terms[kept], counts[kept].astype(np.uint32))


def write() -> str:
    """Count both shelves, write the table, and say how large it is."""
    found = counted([*Old.read().records.values(), *new_shelf().values()])
    with TABLE.open("wb") as file:
        found.save(file)
    return f"{found.terms.size:,} terms of {found.trials:,} records, {TABLE.stat().st_size:,} bytes"
