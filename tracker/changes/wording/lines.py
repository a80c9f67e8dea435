"""Single-line texts for people: cut at whole words, or where a clause ends. Pure."""

from __future__ import annotations

import re

from tracker.changes.wording.words import shortened
from tracker.records.clean import clean

__all__ = ["one_line", "whole_clause", "whole_words"]

_OPEN = frozenset("a an and as at by for from in of on or per the to versus vs with without".split())
_STRONG_END = re.compile(r"[.;:](?= )")
_WEAK_END = re.compile(r",(?= )| (?=\()")


def one_line(text: str, length: int = 400) -> str:
    """Return the text, sanitized, on one line, with at most `length` characters."""
    return shortened(clean(" ".join(str(text).split())), length)


def whole_words(text: str, length: int) -> str:
    """Return the longest beginning of a text that fits: whole words, no ellipsis, and no word at the end that needs
    another.
    """
    line = clean(" ".join(str(text).split()))
    if len(line) <= length:
        return line
    words = line[: length + 1].split(" ")[:-1]
    while words and (words[-1].lower().strip("(,;:") in _OPEN or not any(map(str.isalnum, words[-1]))):
        words.pop()
    short = " ".join(words)
    if short.count("(") > short.count(")"):
        short = short[: short.rindex("(")]
    return short.rstrip(" ,;:-–/(")


def whole_clause(text: str, length: int) -> str:
    """Return the longest beginning of one of our sentences that fits and can stand alone. "" if there is none.

    The part after a colon is kept whole or dropped. It is a reason, and its words may not be ours.
    """
    line = clean(" ".join(str(text).split()))
    if len(line.rstrip(".")) <= length:
        return line.rstrip(".")
    ends = [(it.start(), it.group()) for it in _STRONG_END.finditer(line)]
    colon = next((at for at, end in ends if end == ":"), len(line))
    strong = [at for at, end in ends if at < colon] or [colon]
    fitting = [at for at in strong if at <= length]
    if not fitting:
        fitting = [it.start() for it in _WEAK_END.finditer(line) if it.start() <= min(length, strong[0])]
    return line[: fitting[-1]] if fitting else ""
