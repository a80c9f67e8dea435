"""Codes, dates and counts in words, for readable summaries. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Any

from tracker.records.dates import RegistryDate
from tracker.records.one_line import one_line

__all__ = [
    "GAP",
    "NO_STATUS",
    "Names",
    "at_start",
    "both",
    "count_of",
    "days_between",
    "ends",
    "listed",
    "moved_days",
    "parted",
    "phase_words",
    "shortened",
    "stands_in",
    "status_words",
    "told_apart",
    "whole_percent",
]

NO_STATUS = "no status"
_PLACEHOLDER = re.compile(r"9{6,}")
"""A count that is a placeholder. It is shown, but a change from or to it is no cut and no rise."""

_SAME_BEFORE = 30
"""Number of common characters to show before two long texts differ."""
_ROOM = 120  # maximum length of a list of names in a summary
_TELLING = 10
"""Number of differing characters that must be visible."""
GAP = " … "
"""Stands for words left out of the middle of a name."""

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
    """Return phases in words: ``Phase 1/Phase 2``. Unknown codes stay as they are."""
    return shortened("/".join(_PHASE.get(code, code) for code in codes), 60) or "none"


def stands_in(*counts: int) -> bool:
    """Return whether one of the counts is a placeholder."""
    return any(_PLACEHOLDER.fullmatch(str(count)) for count in counts)


def count_of(number: int, thing: str, things: str | None = None) -> str:
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def whole_percent(share: float, sign: str = "") -> str:
    """Return a share in whole percent, or "" if that is 0. With the sign "+", a rise has one too."""
    text = f"{share:{sign}.0%}"
    return "" if text.strip("+-") == "0%" else text


def moved_days(days: int) -> str:
    """Return how far a date moved: ``12 days``, or ``−12 days`` for one that is earlier now."""
    return ("−" if days < 0 else "") + count_of(abs(days), "day")


def shortened(text: str, length: int = 80) -> str:
    """Return the text on one line, cut at a word with an ellipsis."""
    line = one_line(text)
    if len(line) <= length:
        return line
    # The text may have been cut before, and is then cut right behind its ellipsis.
    return line[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:…") + "…"


def parted(one: str, two: str, room: int) -> tuple[str, str]:
    """Return two texts of at most `room` characters. Long ones start shortly before they differ."""
    same, before = _shared(one, two), min(_SAME_BEFORE, room // 3)
    if max(len(one), len(two)) > room and same > min(2 * _SAME_BEFORE, room - before):
        start = one.rfind(" ", 0, same - before) + 1 or same - before
        one, two = f"… {one[start:]}", f"… {two[start:]}"
    return _cut(one, room), _cut(two, room)


def both(one: str, two: str, room: int) -> tuple[str, str]:
    """Return two names for one sentence, each on one line of at most `room` characters that shows the difference."""
    return parted(one_line(one), one_line(two), room)


class Names:
    """Names to tell apart, sorted: the names with the longest common beginning are neighbours."""

    def __init__(self, names: Iterable[str]) -> None:
        self._lines = sorted({one_line(name) for name in names})

    def shared(self, name: str, but: Iterable[str] = ()) -> int:
        """Return the length of the longest beginning that `name` shares with another name, leaving out `but`."""
        line = one_line(name)
        left_out = {line, *map(one_line, but)}
        place = bisect_left(self._lines, line)
        sides = (range(place, len(self._lines)), range(place - 1, -1, -1))
        beside = (next((one for at in side if (one := self._lines[at]) not in left_out), "") for side in sides)
        return max(_shared(line, other) for other in beside)


def at_start(text: str) -> str:
    """Return a text as the start of a sentence."""
    return text[:1].upper() + text[1:]


def told_apart(name: str, among: Names, room: int, but: Iterable[str] = ()) -> str:
    """Return `name` on one line of at most `room` characters, with the part that no other name in `among` has.

    If the beginning is enough, the name is cut as by `shortened`. If another name begins the same way, keep the first
    words and continue where the names differ: ``Change from baseline … in pain at week 24``.
    """
    line, same = one_line(name), among.shared(name, but)
    if len(line) <= room or same <= room - _TELLING:
        return shortened(line, room)
    head = line[: room // 3].rpartition(" ")[0] or line[: room // 3]
    left = room - len(head) - len(GAP)
    start = min(line.rfind(" ", 0, same + 1) + 1 or same, len(line) - left)
    if start > 0 and line[start - 1] != " " and " " in line[start : same + 1]:
        start = line.index(" ", start) + 1
    return f"{head}{GAP}{_cut(line[start:], left)}"


def ends(text: str, room: int) -> str:
    """Return the text on one line, cut in the middle if it is longer than `room`: ``Change from … at week 24``."""
    line = one_line(text)
    if len(line) <= room:
        return line
    head = line[: room // 3].rpartition(" ")[0].rstrip(" …")
    head = f"{head}{GAP}" if head else GAP.lstrip()
    tail = line[len(line) - (room - len(head)) :]
    return head + (tail.partition(" ")[2] or tail).lstrip(" …")


def _shared(one: str, two: str) -> int:
    """Return the number of characters that both texts begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, two, strict=False)))


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1].rstrip(" …") + "…"


def listed(items: Sequence[str], most: int = 3, *, among: Iterable[str] = (), whole: int = _ROOM) -> str:
    """Return ``a, b and c`` or ``a, b, c and 4 more``. The fewer names, the longer each may be.

    Names with a common beginning are shown with the part that differs, also from unlisted names in `among`. `whole` is
    the maximum length of everything, if that leaves at least 40 characters per name.
    """
    room = max(40, whole // max(1, min(most, len(items))))
    known = Names([*items, *among])
    shown = [told_apart(item, known, room) or "(no name)" for item in items[:most]]
    if len(items) > most:
        return f"{', '.join(shown)} and {len(items) - most:,} more"
    return " and ".join(part for part in (", ".join(shown[:-1]), shown[-1] if shown else "") if part)


def days_between(before: RegistryDate | None, after: RegistryDate | None) -> int | None:
    """Return the days from one date to the other, or None if one cannot be read. A month counts as its last day."""
    one: Any = before.last if before else None
    two: Any = after.last if after else None
    return (two - one).days if one and two else None
