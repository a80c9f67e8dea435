"""How alike two labels or sentences are, by their words. Pure; every measure is symmetric and between 0 and 1."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from difflib import SequenceMatcher

from tracker.records.text import compared

__all__ = ["common_share", "containment", "garbled", "letters_alike", "numbers", "plain_letters", "words_of"]

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
    if numbers(one) != numbers(two) or min(len(one), len(two)) <= _SHORT:
        return False
    return letters_alike(one, two) >= _GARBLED
