"""How alike two labels or sentences are, by their words. Pure. Every measure is symmetric and from 0 to 1."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from difflib import SequenceMatcher

from tracker.records.text import compared

__all__ = [
    "common_share",
    "containment",
    "garbled",
    "letters_alike",
    "numbers",
    "numbers_differ",
    "numbers_of_things",
    "plain_letters",
    "slipped",
    "words_of",
]

_DESIGNATED = re.compile(
    r"\b(?:arm|cohort|group|part|stage|app|period|regimen|stratum|site|phase|dose)s? ([a-z]|[ivx]{1,4}[a-d]?)\b"
)
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_GARBLED = 0.78
"""Leftovers of two labels that share this much of their letters, in order, are the same word with typing errors."""
_SHORT = 3
_LONGEST = 200
_FEW_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})


def words_of(text: str | None) -> tuple[str, ...]:
    """Return the words in order, in lower case, without accents and punctuation."""
    if not text:
        return ()
    plain = compared(text).casefold()
    if not plain.isascii():
        apart = unicodedata.normalize("NFKD", plain.translate(_FEW_LETTERS))
        plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return tuple(_WORD.findall(plain))


def plain_letters(text: str | None) -> str:
    """Return the words without anything between them, the same even if punctuation or blanks were lost."""
    return "".join(words_of(text))


def numbers(text: str | None) -> frozenset[str]:
    """Return the numbers in a text. Labels with other numbers mean other doses, cohorts or days."""
    return frozenset(_NUMBER.findall(text or ""))


def common_share(one: Collection[str], two: Collection[str]) -> float:
    """Return the share of words in common (Dice coefficient)."""
    first, second = set(one), set(two)
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else 0.0


def containment(one: Collection[str], two: Collection[str]) -> float:
    """Return the share of the shorter text's words that the longer text has."""
    first, second = set(one), set(two)
    return len(first & second) / min(len(first), len(second)) if first and second else 0.0


def letters_alike(one: str, two: str) -> float:
    """Return the share of letters in common, in order. Of long texts only the beginning counts. Symmetric."""
    first, second = sorted((one[:_LONGEST], two[:_LONGEST]))
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def garbled(one: str, two: str) -> bool:
    """Return whether two words, or leftovers of two labels, are the same text with lost or changed letters."""
    if one == two:
        return True
    if numbers(one) != numbers(two) or min(len(one), len(two)) <= _SHORT or _opposed(one, two):
        return False
    return letters_alike(one, two) >= _GARBLED


def _opposed(one: str, two: str) -> bool:
    """Return whether the words are opposites by their prefix, as prospective and retrospective, or hypo- and hyper-."""
    if one[0] != two[0] and one[1:] != two and two[1:] != one:
        return one[1:] != two[1:]
    return ("hyper" in one) != ("hyper" in two) and ("hypo" in one) != ("hypo" in two)


def numbers_differ(one: str | None, two: str | None) -> bool:
    """Return whether each text names numbers (or letters of cohorts) that the other one does not."""
    first, second = numbers_of_things(one), numbers_of_things(two)
    return bool(first - second and second - first)


def numbers_of_things(text: str | None) -> Counter[str]:
    """Return the numbers in a text, and the letters that number cohorts and arms, with their counts."""
    return Counter([*_NUMBER.findall(text or ""), *_DESIGNATED.findall(" ".join(words_of(text)))])


def slipped(one: Sequence[str], two: Sequence[str]) -> bool:
    """Return whether two texts are the same except for letters lost, doubled or changed in a few words."""
    left, right = _more(one, two), _more(two, one)
    if not left and not right:
        return len(one) == len(two)
    if not left or not right:
        return "".join(one) == "".join(two)
    rests = "".join(left), "".join(right)
    if len(left) != len(right):
        return rests[0] == rests[1] or _one_letter_lost(*rests) or garbled(*rests)
    return all(garbled(*words) for words in zip(left, right, strict=True))


def _more(one: Sequence[str], two: Sequence[str]) -> list[str]:
    """Return the words of one text beyond those of the other, in order. Repeated words count as often as they occur."""
    others, found = Counter(two), []
    for word in one:
        if others[word]:
            others[word] -= 1
        else:
            found.append(word)
    return found


def _one_letter_lost(one: str, two: str) -> bool:
    """Return whether a lost letter split a word in two."""
    short, long = sorted((one, two), key=len)
    if len(long) != len(short) + 1 or len(short) < _SHORT or numbers(one) != numbers(two):
        return False
    return any(long[:n] + long[n + 1 :] == short for n in range(len(long)))
