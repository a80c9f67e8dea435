"""Days, instants and single-line texts as mails and notes write them, and how much a change matters. Pure."""

from __future__ import annotations

import re

from storage.values.severity import Severity
from tracker.changes.wording.values import values_apart
from tracker.changes.wording.words import shortened
from tracker.records.clean import clean

__all__ = [
    "MATTERS",
    "day_words",
    "interest",
    "minute_words",
    "one_line",
    "says_nothing",
    "values_apart",
    "whole_clause",
    "whole_words",
]

MATTERS: dict[str, str] = {
    Severity.CRITICAL: "Very important",
    Severity.MAJOR: "Important",
    Severity.MINOR: "Good to know",
    Severity.ADMIN: "Bookkeeping",
}
"""Severity means weight, not alarm: posted results weigh as much as a stopped trial."""

_MONTHS = "January February March April May June July August September October November December".split()
_DAY = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?:-(\d\d))?")
_INTEREST = (
    re.compile(r"status|why_stopped|last_known_status"),
    re.compile(r"results\.(?:state|first_posted)"),
    re.compile(r"results\.summary\.participants"),
    re.compile(r"results\.summary\.(?:primary|secondary)_measures"),
    re.compile(r"results\.summary\.\w+_affected"),
    re.compile(r"results\..+"),
    re.compile(r"enrollment\..+"),
    re.compile(r"dates\.(?:start|primary_completion|completion)"),
    re.compile(r"outcomes\.primary\..+"),
    re.compile(r"outcomes\..+"),
    re.compile(r"(?:sites|parts)\..+"),
)
"""The fields that readers care about most. All others follow in their given order."""
_BESIDE = re.compile(
    r".+\.type|dates\.(?:first_|last_|verified).*|results\.(?:first_submitted_qc|summary\.modules\..+)"
)
"""Details that only accompany other ones: types of dates and counts, the registry's own days, parts of results stored
as a hash.
"""
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


def day_words(date: str | None, *, short: bool = False) -> str:
    """`2026-04-30` -> `30 April 2026`, `2026-04` -> `April 2026`. Other text stays. `short`: `30 Apr 2026`."""
    found = _DAY.fullmatch(date or "")
    if found is None:
        return one_line(date or "", 40)
    year, month, day = found.groups()
    name = _MONTHS[int(month) - 1]
    return f"{f'{int(day)} ' if day else ''}{name[:3] if short else name} {year}"


def minute_words(instant: str) -> str:
    """`2026-04-30T07:05:00Z` -> `30 April 2026, 07:05 UTC`."""
    return f"{day_words(instant[:10])}, {instant[11:16]} UTC"


def interest(field: str) -> int:
    """Return a sort key: fields that readers care about most come first."""
    if _BESIDE.fullmatch(field):
        return len(_INTEREST) + 1
    return next((place for place, asked in enumerate(_INTEREST) if asked.fullmatch(field)), len(_INTEREST))


def says_nothing(field: str, before: object, after: object) -> bool:
    """Return True if a detail only accompanies another one and adds nothing to it."""
    if field.startswith("results.summary.modules."):
        return before is None  # posted with the rest: no news. Edited since: news
    if field == "results.submissions" and after is None:
        return True  # only waiting rounds are listed, so another detail tells of their end
    return _BESIDE.fullmatch(field) is not None or (_is_empty(before) and _is_empty(after))


def _is_empty(value: object) -> bool:
    return value is None or value == "" or (value == 0 and not isinstance(value, bool))
