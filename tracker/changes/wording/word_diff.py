"""Two texts word by word, with a bound on the work: what differs. Pure.

Finding the longest part that two texts have in common, again and again, takes the square of their length, and the cube
where words repeat. So the work on one step from version to version is counted before it is done. What would go beyond
the bound is compared whole: the texts are shown as they were and as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from tracker.records.text import fold, plain_words

__all__ = ["MOST_WORK", "Effort", "shared_words", "word_changes"]

MOST_WORK = 20_000_000
"""Comparisons of two words in one step: two seconds at worst. A hundred long descriptions reworded take a third."""
_A_PAIR = 200
"""What it takes to begin comparing two lists, in comparisons of words."""


class Effort:
    """What is left of the work that one step may take. It depends on the texts alone, never on the time."""

    def __init__(self, most: int = MOST_WORK) -> None:
        self.left = most

    def affords(self, cost: int) -> bool:
        """Whether this much is left; if so, it is spent."""
        if cost > self.left:
            return False
        self.left -= cost
        return True


def _cost(one: Sequence[str], two: Sequence[str]) -> int:
    """The most comparisons that matching two word lists can take: every pair of equal words, for every part found."""
    if one == two:
        return 0
    counted = Counter(two)
    return sum(number * counted[word] for word, number in Counter(one).items()) * min(len(one), len(two))


def word_changes(before: str, after: str, effort: Effort | None = None) -> list[dict[str, str]]:
    """The words that differ, in order: ``{"before": "at 12", "after": "at 24"}``; spelling alone does not count.

    Where comparing word by word takes too long, the one change is the whole text.
    """
    old, new = ([word for word in fold(text).split() if plain_words(word)] for text in (before, after))
    plain = [[" ".join(plain_words(word)) for word in side] for side in (old, new)]
    if plain[0] == plain[1]:
        return []
    if not (effort or Effort()).affords(_A_PAIR + _cost(*plain)):
        return [{"before": " ".join(old), "after": " ".join(new)}]
    matcher = SequenceMatcher(None, plain[0], plain[1], autojunk=False)
    return [
        {"before": " ".join(old[start:end]), "after": " ".join(new[other_start:other_end])}
        for kind, start, end, other_start, other_end in matcher.get_opcodes()
        if kind != "equal"
    ]


def shared_words(one: str, two: str, effort: Effort) -> float:
    """How much of their words two texts share in the same order, from 0 to 1; 0 where finding out takes too long."""
    words = plain_words(one), plain_words(two)
    if not effort.affords(_A_PAIR + _cost(*words)):
        return 0.0
    return SequenceMatcher(None, *words, autojunk=False).ratio()
