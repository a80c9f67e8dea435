"""Codes, dates and counts in words, for summaries a person likes to read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from tracker.records.dates import RegistryDate

__all__ = [
    "NO_STATUS",
    "count_of",
    "days_between",
    "listed",
    "parted",
    "phase_words",
    "shortened",
    "stands_in",
    "status_words",
]

NO_STATUS = "no status"
_PLACEHOLDER = re.compile(r"9{6,}")
"""A count that stands for no count: it is shown, but a change from or to it is no cut and no rise."""

_SAME_BEFORE = 30
"""Characters shown of what two long texts have in common, before they part."""
_ROOM = 120  # characters a list of names may take in a summary

_STATUS = {
    "ACTIVE_NOT_RECRUITING": "Active, not recruiting",
    "ENROLLING_BY_INVITATION": "Enrolling by invitation",
    "NOT_YET_RECRUITING": "Not yet recruiting",
    "UNKNOWN": "Unknown status",
    "TRANSITIONED": "Transitioned to CTIS",
    "NO_LONGER_AVAILABLE": "No longer available",
    "TEMPORARILY_NOT_AVAILABLE": "Temporarily not available",
    "APPROVED_FOR_MARKETING": "Approved for marketing",
}
_PHASE = {f"PHASE{number}": f"Phase {number}" for number in range(1, 5)} | {
    "EARLY_PHASE1": "Early phase 1",
    "NA": "Not applicable",
}


def status_words(code: str | None) -> str:
    if code is None:
        return NO_STATUS
    return _STATUS.get(code) or shortened(code.replace("_", " ").capitalize(), 40)


def phase_words(codes: Sequence[str]) -> str:
    """``Phase 1/Phase 2``; a code we do not know stays as it is."""
    return shortened("/".join(_PHASE.get(code, code) for code in codes), 60) or "none"


def stands_in(*counts: int) -> bool:
    """Whether one of these counts stands for no count."""
    return any(_PLACEHOLDER.fullmatch(str(count)) for count in counts)


def count_of(number: int, thing: str, things: str | None = None) -> str:
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def shortened(text: str, length: int = 80) -> str:
    """One line, cut at a word with an ellipsis."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    return line[: length - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def parted(one: str, two: str, room: int) -> tuple[str, str]:
    """Two texts, each at most `room` characters; long ones from shortly before where they part."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, two, strict=False)))
    if max(len(one), len(two)) > room and same > 2 * _SAME_BEFORE:
        start = one.rfind(" ", 0, same - _SAME_BEFORE) + 1 or same - _SAME_BEFORE
        one, two = f"… {one[start:]}", f"… {two[start:]}"
    return _cut(one, room), _cut(two, room)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def listed(items: Sequence[str], most: int = 3) -> str:
    """``a, b and c`` or ``a, b, c and 4 more``; the fewer the names, the more of each."""
    room = max(40, _ROOM // max(1, min(most, len(items))))
    shown = [shortened(item, room) or "(no name)" for item in items[:most]]
    if len(items) > most:
        return f"{', '.join(shown)} and {len(items) - most:,} more"
    return " and ".join(part for part in (", ".join(shown[:-1]), shown[-1] if shown else "") if part)


def days_between(before: RegistryDate | None, after: RegistryDate | None) -> int | None:
    """Days from one date to the other, month-only dates read as their last day; None when either cannot be read."""
    one: Any = before.last if before else None
    two: Any = after.last if after else None
    return (two - one).days if one and two else None
