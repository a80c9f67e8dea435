"""Days and instants as people write them. Pure."""

from __future__ import annotations

import re

from tracker.changes.wording.lines import one_line

__all__ = ["day_words", "days_in_words", "minute_words"]

_MONTHS = "January February March April May June July August September October November December".split()
_DAY = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?:-(\d\d))?")
_EXACT = re.compile(r"(?<![\w-])\d{4}-(?:0[1-9]|1[0-2])(?:-\d\d)?(?![\w-])")


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


def days_in_words(sentence: str) -> str:
    """Return a sentence of ours with its days in words: `on 2027-01-08` -> `on 8 January 2027`."""
    return _EXACT.sub(lambda found: day_words(found.group()), sentence)
