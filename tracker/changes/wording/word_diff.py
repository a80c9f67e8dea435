"""Compare two texts word by word, with a limit on the work. Pure.

Finding the longest common part of two texts again and again takes time that grows with the square of their length, or
with the cube if words repeat. So the work is estimated before it is done, for one step between versions. Texts beyond
the limit are compared as a whole: the result has the full old and new text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from tracker.records.text import fold, plain_words

__all__ = ["MOST_WORK", "Effort", "affordable", "shared_words", "word_changes"]

MOST_WORK = 20_000_000
"""Word comparisons in one step: two seconds at most. A hundred reworded long descriptions need a third of it."""
_A_PAIR = 200
"""Cost of starting a comparison of two lists, in word comparisons."""


class Effort:
    """The work that is left for one step. It depends only on the texts, never on the time."""

    def __init__(self, most: int = MOST_WORK) -> None:
        self.left = most

    def affords(self, cost: int) -> bool:
        """Return whether `cost` is left, and spend it if so."""
        if cost > self.left:
            return False
        self.left -= cost
        return True


def _cost(one: Sequence[str], two: Sequence[str]) -> int:
    """Return the maximum number of comparisons for two word lists: all pairs of equal words, for every part found."""
    if one == two:
        return 0
    counted = Counter(two)
    return sum(number * counted[word] for word, number in Counter(one).items()) * min(len(one), len(two))


def affordable(one: Sequence[str], two: Sequence[str], effort: Effort) -> bool:
    """Return whether two lists of words may be compared, and spend what it takes."""
    return effort.affords(_A_PAIR + _cost(one, two))


def word_changes(before: str, after: str, effort: Effort | None = None) -> list[dict[str, str]]:
    """Return the words that differ, in order: ``{"before": "at 12", "after": "at 24"}``. Spelling alone is ignored.

    If comparing word by word takes too long, the one change is the whole text.
    """
    old, new = ([word for word in fold(text).split() if plain_words(word)] for text in (before, after))
    plain = [[" ".join(plain_words(word)) for word in side] for side in (old, new)]
    if plain[0] == plain[1]:
        return []
    if not affordable(plain[0], plain[1], effort or Effort()):
        return [{"before": " ".join(old), "after": " ".join(new)}]
    matcher = SequenceMatcher(None, plain[0], plain[1], autojunk=False)
    return [
        {"before": " ".join(old[start:end]), "after": " ".join(new[other_start:other_end])}
        for kind, start, end, other_start, other_end in matcher.get_opcodes()
        if kind != "equal"
    ]


def shared_words(one: str, two: str, effort: Effort) -> float:
    """Return the share of words that two texts have in the same order, from 0 to 1. Return 0 if it takes too long."""
    words = plain_words(one), plain_words(two)
    if not affordable(*words, effort):
        return 0.0
    return SequenceMatcher(None, *words, autojunk=False).ratio()
