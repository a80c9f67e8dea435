"""The words of a text: their stems, pairs of neighbours, and how each is written. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

from snowballstemmer import stemmer

__all__ = ["EMPTY", "phrases_in", "stem", "telling", "terms", "words"]

_WORD = re.compile(r"\w\w+")
_TOGETHER = frozenset(" -")
_ENGLISH = stemmer("english")
EMPTY = frozenset(
    "a about above after all also an and any are as at be been before below between both but by can could did do "
    "does during each either first for from had has have if in including into is it its may more most must no nor "
    "not of on one only or other our out over per should since so such than that the their them then there these "
    "they this those three through to two under until up upon was we were what when where whether which while who "
    "will with within without would".split()
)
"""Words without a meaning of their own. No phrase that is shown or searched begins or ends with one."""
_COMMON = frozenset(
    "blind clinical comparative controlled day days disease dose double drug duration efficacy effectiveness "
    "evaluation following group groups judged label long month months multicenter number open outcome outcomes "
    "parallel part participants patient patients phase pilot placebo primary prospective randomised randomized rct "
    "safety single stay study subjects test therapy time treatment trial week weeks year years".split()
)
"""Words of any trial. They are telling only next to another word."""


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, in order. A word has at least two characters."""
    return _WORD.findall(text.lower())


@lru_cache(maxsize=1 << 18)
def stem(word: str) -> str:
    """Return the stem of a word in lower case: ``resected`` and ``resection`` have one."""
    return str(_ENGLISH.stemWord(word))


def terms(text: str) -> list[str]:
    """Return the stems of the words of a text, then the pairs of neighbouring stems, joined by a space."""
    single = [stem(word) for word in words(text)]
    return single + [f"{one} {next_}" for one, next_ in pairwise(single)]


@lru_cache(maxsize=64)  # the seed's texts are asked for once with each trial that is shown
def phrases_in(text: str) -> Mapping[str, set[str]]:
    """Return how each term is written in the text, in lower case.

    Pairs only if no other character is between the words.
    """
    found: dict[str, set[str]] = {}
    written = list(_WORD.finditer(text.lower()))
    for word in written:
        found.setdefault(stem(word[0]), set()).add(word[0])
    for one, next_ in pairwise(written):
        if (between := one.string[one.end() : next_.start()]) in _TOGETHER:
            found.setdefault(f"{stem(one[0])} {stem(next_[0])}", set()).add(f"{one[0]}{between}{next_[0]}")
    return found


def telling(phrase: str) -> bool:
    """Whether to show or search a phrase: no empty word at either end, and not only numbers and common words."""
    parts = re.split("[ -]", phrase)
    own = [word for word in parts if word not in _COMMON and not word.isdecimal()]
    return bool(own) and EMPTY.isdisjoint((parts[0], parts[-1]))
