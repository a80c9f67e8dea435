"""Two texts side by side with the words marked that differ. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from tracker.changes.wording.word_diff import Effort, affordable

__all__ = ["MarkedTexts", "Piece", "marked_texts"]

_WORD = re.compile(r"\S+\s*|\s+")
_AROUND = 12
"""How many equal words are shown on each side of a difference. The rest of a long text is folded."""
_FOLD = "… "


class Piece(NamedTuple):
    """A part of a text. `differs`: the other text does not have it here."""

    text: str
    differs: bool


class MarkedTexts(NamedTuple):
    """Both texts in pieces. `whole` means that they were too long to compare word by word."""

    before: Sequence[Piece]
    after: Sequence[Piece]
    whole: bool = False


def marked_texts(before: str, after: str, effort: Effort | None = None) -> MarkedTexts:
    """Return two texts with their differences marked, and long equal parts folded."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    plain = [[word.strip() for word in side] for side in (old, new)]
    if not affordable(plain[0], plain[1], effort or Effort()):
        return MarkedTexts([Piece(before, True)], [Piece(after, True)], whole=True)
    sides: tuple[list[Piece], list[Piece]] = ([], [])
    steps = SequenceMatcher(None, plain[0], plain[1], autojunk=False).get_opcodes()
    for at, (kind, start, end, other_start, other_end) in enumerate(steps):
        is_edge = (at == 0, at == len(steps) - 1)
        for side, words in zip(sides, (old[start:end], new[other_start:other_end]), strict=True):
            shown = _folded(words, *is_edge) if kind == "equal" else words
            if shown:
                side.append(Piece("".join(shown), kind != "equal"))
    return MarkedTexts(*sides)


def _folded(words: Sequence[str], is_first: bool, is_last: bool) -> Sequence[str]:
    """Return equal words with the middle left out if it is long. At the ends of a text, only one side is near a
    difference.
    """
    if is_first and is_last:
        return words
    head = [] if is_first else list(words[:_AROUND])
    tail = [] if is_last else list(words[-_AROUND:])
    if len(words) <= len(head) + len(tail) + 3:
        return words
    return [*head, _FOLD, *tail]
