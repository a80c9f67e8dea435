"""How alike two labels or sentences are, by their words. Pure; every measure is symmetric and between 0 and 1."""

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
"""Remains of two labels that share this much of their letters, in order, are one word in other letters."""
_SHORT = 3
_LONGEST = 200
_FEW_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})


def words_of(text: str | None) -> tuple[str, ...]:
    """The words in order, without letter case, accents and stops."""
    if not text:
        return ()
    plain = compared(text).casefold()
    if not plain.isascii():
        apart = unicodedata.normalize("NFKD", plain.translate(_FEW_LETTERS))
        plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return tuple(_WORD.findall(plain))


def plain_letters(text: str | None) -> str:
    """The words without what separates them: what stays when stops or blanks were lost."""
    return "".join(words_of(text))


def numbers(text: str | None) -> frozenset[str]:
    """The numbers a text names: two labels with other numbers are other doses, cohorts or days."""
    return frozenset(_NUMBER.findall(text or ""))


def common_share(one: Collection[str], two: Collection[str]) -> float:
    """Dice's share of the words the two have in common."""
    first, second = set(one), set(two)
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else 0.0


def containment(one: Collection[str], two: Collection[str]) -> float:
    """The share of the shorter one's words that the longer has."""
    first, second = set(one), set(two)
    return len(first & second) / min(len(first), len(second)) if first and second else 0.0


def letters_alike(one: str, two: str) -> float:
    """The share of letters in common, in order; the beginning decides where texts are long. Symmetric."""
    first, second = sorted((one[:_LONGEST], two[:_LONGEST]))
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def garbled(one: str, two: str) -> bool:
    """Whether two words, or what two labels do not share, are one text with lost or changed letters."""
    if one == two:
        return True
    if numbers(one) != numbers(two) or min(len(one), len(two)) <= _SHORT or _opposed(one, two):
        return False
    return letters_alike(one, two) >= _GARBLED


def _opposed(one: str, two: str) -> bool:
    """Whether a prefix turns one word into another: prospective and retrospective, hypotension and hypertension."""
    if one[0] != two[0] and one[1:] != two and two[1:] != one:
        return one[1:] != two[1:]
    return ("hyper" in one) != ("hyper" in two) and ("hypo" in one) != ("hypo" in two)


def numbers_differ(one: str | None, two: str | None) -> bool:
    """Whether both name numbers (or letters of cohorts), and each one the other does not."""
    first, second = numbers_of_things(one), numbers_of_things(two)
    return bool(first - second and second - first)


def numbers_of_things(text: str | None) -> Counter[str]:
    """The numbers a text names, and the letters that number cohorts and arms, as often as they stand there."""
    return Counter([*_NUMBER.findall(text or ""), *_DESIGNATED.findall(" ".join(words_of(text)))])


def slipped(one: Sequence[str], two: Sequence[str]) -> bool:
    """Whether two texts, by their words, are one but for letters lost, doubled or garbled in a few words."""
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
    """The words of one text beyond those of the other, in order; a word that stands there twice counts twice."""
    others, found = Counter(two), []
    for word in one:
        if others[word]:
            others[word] -= 1
        else:
            found.append(word)
    return found


def _one_letter_lost(one: str, two: str) -> bool:
    """Whether a letter that was lost broke a word in two."""
    short, long = sorted((one, two), key=len)
    if len(long) != len(short) + 1 or len(short) < _SHORT or numbers(one) != numbers(two):
        return False
    return any(long[:n] + long[n + 1 :] == short for n in range(len(long)))
