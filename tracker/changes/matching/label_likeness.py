"""How alike two labels are by their words, and which words show that they name two things. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tracker.changes.matching.word_likeness import common_share, numbers_differ, slipped, words_of

__all__ = ["FEW", "WORDS", "Label", "joined", "labels_alike", "own_words"]

FEW = frozenset(
    """a an the of in to for and or by on at from with as is are be will was were that which this it its patient
    patients participants participant subjects subject number percentage proportion rate change baseline assessed
    assessment evaluation incidence frequency measured using defined per up until within after before during who have
    had has group arm study treatment""".split()
)
"""Words that do not tell which thing a label names."""
_JOINS = frozenset("plus with and combination combined followed then versus vs".split())
_TURNS = frozenset(
    """no non not none without sham placebo serious re dis free matching control only positive negative""".split()
)
"""Words that make a label name another thing."""
WORDS = lru_cache(maxsize=8192)(words_of)


class Label(NamedTuple):
    """How alike two labels are, and why."""

    share: float
    why: str
    #: The same words.
    same: bool = False
    #: The same words except for typing errors.
    slip: bool = False
    #: One label has all words of the other, and more.
    parted: bool = False
    #: Each label has words of its own: `left` and `right`.
    replaced: bool = False
    left: frozenset[str] = frozenset()
    right: frozenset[str] = frozenset()
    #: Words in only one label that make it name another thing.
    turns: frozenset[str] = frozenset()


def own_words(text: str | None) -> frozenset[str]:
    """Return the words of a label that tell which thing is meant."""
    return frozenset(WORDS(text)) - FEW


def labels_alike(first: str, second: str) -> Label:
    words = WORDS(first), WORDS(second)
    share = common_share(*words)
    if words[0] == words[1]:
        return Label(1.1, "the same words", same=True)
    if slipped(*words):
        return Label(1.0 + 0.05 * share, "the same words in other letters", slip=True)
    own = own_words(first), own_words(second)
    left, right = own[0] - own[1], own[1] - own[0]
    turns = _TURNS & ({*words[0]} ^ {*words[1]})
    # Labels with other numbers name other doses or cohorts, however alike the words are.
    if not numbers_differ(first, second):
        if not (left and right) and own[0] & own[1]:
            return Label(0.75 + 0.2 * share, "the same label in fewer words", parted=True, turns=turns)
        if not left and not right:
            return Label(0.4 + 0.5 * share, "the same label in other common words", turns=turns)
    alike = 0.5 * common_share(*own) + 0.5 * share
    return Label(alike, "words in common", replaced=True, left=left, right=right, turns=turns)


def joined(first: str, second: str) -> bool:
    """Return whether one label joins several things ("A plus B") and the other does not."""
    return (_JOINS & {*WORDS(first)}) != (_JOINS & {*WORDS(second)}) or ("+" in first) != ("+" in second)
