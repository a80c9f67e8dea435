"""Which of many stored trials are worth reading in full: those whose titles share most with all the seed says. Pure.

To read and weigh a whole record takes some milliseconds, its title some microseconds. Only stores too large to be
compared whole are cut by this (`bench/similar.py` says how much is lost); what the registry's searches find is not.
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
"""Stored trials that are compared in full."""


def shortlist(seed: TrialRecord, titles: Mapping[str, str], most: int = MOST) -> list[str]:
    """The ids of the `most` trials (id -> title) whose titles share most with the seed's text; ties by id.

    Rare words count more than common ones; a long title has no advantage over a short one.
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
        return -shared / (sqrt(whole) + 1), trial

    return nsmallest(most, words, key=unlike)
