"""Compose Unicode text (NFC) in linear time.

Composing sorts the marks that follow a letter. The standard library uses insertion sort, so its time grows with the
square of their number: 200,000 marks on one letter take minutes. No language puts more than a few marks on a letter,
and Unicode itself (annex 15, "stream-safe text") lets a program stop at 30.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

__all__ = ["LONGEST_RUN", "composed"]

LONGEST_RUN = 64
"""Runs of up to this many marks are composed. Longer runs stay as they are, so two orders of one are two texts."""
_LAST_BEFORE_MARKS = "\u02ff"
"""The last character before the first mark in Unicode. Text that has only characters up to it has no marks."""
_PERHAPS = re.compile(f"[^\0-{_LAST_BEFORE_MARKS}]{{{LONGEST_RUN + 1},}}")
_LIKE_MARKS = frozenset("\u0f73\u0f75\u0f81")
"""Vowels that count as letters but decompose into two marks."""


def composed(text: str) -> str:
    """Return `text` in NFC, except for runs of more than `LONGEST_RUN` marks, which are left alone."""
    # Marks are not ASCII. Most texts have too few other characters for a long run, and counting them takes no time.
    if len(text) <= LONGEST_RUN or len(text) - len(text.encode("ascii", "ignore")) <= LONGEST_RUN:
        return unicodedata.normalize("NFC", text)
    pieces, start = [], 0
    for run_start, run_end in _long_runs(text):
        pieces += [unicodedata.normalize("NFC", text[start:run_start]), text[run_start:run_end]]
        start = run_end
    return "".join([*pieces, unicodedata.normalize("NFC", text[start:])])


def _long_runs(text: str) -> list[tuple[int, int]]:
    """Return start and end of each run that is too long to compose."""
    found = []
    # The pattern finds candidates quickly. It also matches letters, so each candidate is split into runs of marks.
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
