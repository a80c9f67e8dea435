"""Choose which stored trials to compare in full: those whose titles share most with the text of the seed. Pure.

Reading and weighing a record takes milliseconds, a title takes microseconds. Only stores too large to compare in full
are cut (`bench/similar.py` measures the loss). The results of searches at the registry are never cut here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from heapq import nsmallest
from math import log, sqrt

from tracker.records.trial import TrialRecord
from tracker.similar.terms import stems, text_of

__all__ = ["MOST", "shortlist"]

MOST = 1000
"""How many stored trials are compared in full."""


def shortlist(seed: TrialRecord, titles: Mapping[str, str], most: int = MOST) -> list[str]:
    """Return the ids of the `most` trials (id -> title) whose titles share most with the seed's text. Ties by id.

    Rare words count more than common ones. A long title has no advantage over a short one.
    """
    if len(titles) <= most:
        return sorted(titles)
    words = {trial: frozenset(stems(title)) for trial, title in titles.items()}
    common = Counter(stem for some in words.values() for stem in some)
    telling = {stem: log(len(words) / count) for stem, count in common.items()}
    mine = frozenset(stems(text_of(seed)))

    def unlike(trial: str) -> tuple[float, str]:
        whole = sum(telling[stem] for stem in words[trial])
        shared = sum(telling[stem] for stem in words[trial] & mine)
        # + 1, or a title of one or two words would win with a single match.
        return -shared / (sqrt(whole) + 1), trial

    return nsmallest(most, words, key=unlike)
