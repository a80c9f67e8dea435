"""Unicode's composed form, in time that grows with the text alone.

Composing sorts the marks that follow one letter, and the standard library sorts them by insertion: the time grows with
the square of their number, and 200,000 marks on one letter take minutes. No language puts more than a few marks on a
letter; the Unicode standard itself (annex 15, "stream-safe text") lets a program stop at 30.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

__all__ = ["LONGEST_RUN", "composed"]

LONGEST_RUN = 64
"""Marks in a row that are sorted and composed. A longer run stays as it came, so two orders of it are two texts."""
_NO_LETTER_BEFORE = "\u0300"
"""The first mark of Unicode: a text of older letters alone has no marks."""
_PERHAPS = re.compile(f"[{_NO_LETTER_BEFORE}-\U0010ffff]{{{LONGEST_RUN + 1},}}")
_LIKE_MARKS = frozenset("\u0f73\u0f75\u0f81")
"""Vowels that are letters by their class and come apart into two marks."""


def composed(text: str) -> str:
    """The text in the form NFC, but for runs of more than `LONGEST_RUN` marks, which are left alone."""
    if len(text) <= LONGEST_RUN:
        return unicodedata.normalize("NFC", text)
    pieces, start = [], 0
    for run_start, run_end in _long_runs(text):
        pieces += [unicodedata.normalize("NFC", text[start:run_start]), text[run_start:run_end]]
        start = run_end
    return "".join([*pieces, unicodedata.normalize("NFC", text[start:])])


def _long_runs(text: str) -> list[tuple[int, int]]:
    """Where the runs begin and end that are left alone."""
    found = []
    for part in _PERHAPS.finditer(text):
        at = part.start()
        for is_mark, run in groupby(part.group(), _is_mark):
            end = at + sum(1 for _ in run)
            if is_mark and end - at > LONGEST_RUN:
                found.append((at, end))
            at = end
    return found


def _is_mark(letter: str) -> bool:
    return unicodedata.combining(letter) != 0 or letter in _LIKE_MARKS
