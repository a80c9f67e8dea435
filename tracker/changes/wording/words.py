"""Codes, dates and counts in words, for summaries a person likes to read."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Any

from tracker.records.dates import RegistryDate

__all__ = [
    "NO_STATUS",
    "Names",
    "both",
    "count_of",
    "days_between",
    "listed",
    "parted",
    "phase_words",
    "shortened",
    "stands_in",
    "status_words",
    "told_apart",
]

NO_STATUS = "no status"
_PLACEHOLDER = re.compile(r"9{6,}")
"""A count that stands for no count: it is shown, but a change from or to it is no cut and no rise."""

_SAME_BEFORE = 30
"""Characters shown of what two long texts have in common, before they part."""
_ROOM = 120  # characters a list of names may take in a summary
_TELLING = 10
"""Characters that must be seen of what differs."""
_GAP = " … "

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
    same, before = _shared(one, two), min(_SAME_BEFORE, room // 3)
    if max(len(one), len(two)) > room and same > min(2 * _SAME_BEFORE, room - before):
        start = one.rfind(" ", 0, same - before) + 1 or same - before
        one, two = f"… {one[start:]}", f"… {two[start:]}"
    return _cut(one, room), _cut(two, room)


def both(one: str, two: str, room: int) -> tuple[str, str]:
    """Two names for one sentence, each on one line of at most `room` characters in which they differ."""
    return parted(" ".join(one.split()), " ".join(two.split()), room)


class Names:
    """Names that are to be told apart, in order: what begins most like a name stands beside it."""

    def __init__(self, names: Iterable[str]) -> None:
        self._lines = sorted({_one_line(name) for name in names})

    def shared(self, name: str, but: Iterable[str] = ()) -> int:
        """How many characters `name` has in common with the beginning of another name, leaving out those in `but`."""
        line = _one_line(name)
        left_out = {line, *map(_one_line, but)}
        place = bisect_left(self._lines, line)
        sides = (range(place, len(self._lines)), range(place - 1, -1, -1))
        beside = (next((one for at in side if (one := self._lines[at]) not in left_out), "") for side in sides)
        return max(_shared(line, other) for other in beside)


def _one_line(name: str) -> str:
    return " ".join(name.split())


def told_apart(name: str, among: Names, room: int, but: Iterable[str] = ()) -> str:
    """`name` on one line of at most `room` characters, with the part that tells it from each other name of `among`.

    A name that is told apart by its beginning is cut as `shortened` does it. One that begins as another does keeps its
    first words and goes on where they part: ``Change from baseline … in pain at week 24``.
    """
    line, same = _one_line(name), among.shared(name, but)
    if len(line) <= room or same <= room - _TELLING:
        return shortened(line, room)
    head = line[: room // 3].rpartition(" ")[0] or line[: room // 3]
    left = room - len(head) - len(_GAP)
    start = min(line.rfind(" ", 0, same + 1) + 1 or same, len(line) - left)
    if start > 0 and line[start - 1] != " " and " " in line[start : same + 1]:
        start = line.index(" ", start) + 1
    return f"{head}{_GAP}{_cut(line[start:], left)}"


def _shared(one: str, two: str) -> int:
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, two, strict=False)))


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def listed(items: Sequence[str], most: int = 3, *, among: Iterable[str] = (), whole: int = _ROOM) -> str:
    """``a, b and c`` or ``a, b, c and 4 more``; the fewer the names, the more of each.

    Names that begin alike are shown with what tells them apart, also from those of `among` that are not listed.
    `whole`: characters that all of it may take, when that is at least 40 a name.
    """
    room = max(40, whole // max(1, min(most, len(items))))
    known = Names([*items, *among])
    shown = [told_apart(item, known, room) or "(no name)" for item in items[:most]]
    if len(items) > most:
        return f"{', '.join(shown)} and {len(items) - most:,} more"
    return " and ".join(part for part in (", ".join(shown[:-1]), shown[-1] if shown else "") if part)


def days_between(before: RegistryDate | None, after: RegistryDate | None) -> int | None:
    """Days from one date to the other, month-only dates read as their last day; None when either cannot be read."""
    one: Any = before.last if before else None
    two: Any = after.last if after else None
    return (two - one).days if one and two else None
