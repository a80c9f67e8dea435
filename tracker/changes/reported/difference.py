"""One difference between two versions of posted results. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from storage.values.severity import Severity
from tracker.changes.field_change import FieldChange, Path
from tracker.changes.wording.words import GAP, ends, shortened
from tracker.records.one_line import one_line

__all__ = [
    "LONGEST_NAME",
    "ROOT",
    "Difference",
    "What",
    "by_weight",
    "either",
    "in_brackets",
    "joined",
    "made",
    "words",
]

ROOT = "reported"
"""First part of the path of every reported value."""
LONGEST_NAME = 60
_LABEL = 180
_NARROW = 12
"""A name is not cut below this width to make room for its neighbours."""


class What(StrEnum):
    """What differs, most important first."""

    DEATHS = "deaths"
    SERIOUS = "serious total"
    WENT = "went"
    VALUE = "value"
    SPREAD = "spread"
    UNIT = "unit"
    STATISTIC = "statistic"
    DISPERSION = "type of dispersion"
    DENOMINATOR = "denominator"
    ANALYSIS = "analysis"
    CAME = "came"
    COUNT = "count"
    DIGITS = "digits"
    RENAMED = "renamed"
    TERM = "term"
    TEXT = "text"
    CODING = "coding"


_WEIGHT = {what: at for at, what in enumerate(What)}


class Difference(NamedTuple):
    """One differing field. `names` are the titles that lead to it. The last one says what differs."""

    change: FieldChange
    what: What
    severity: Severity
    names: tuple[str, ...] = ()
    #: The unit of both values, if it is part of the label.
    units: str = ""


def by_weight(difference: Difference) -> tuple[int, int]:
    """Return the sort key that puts the most important difference first. The order is stable otherwise."""
    ranks = (Severity.MAJOR, Severity.MINOR, Severity.ADMIN)
    return ranks.index(difference.severity), _WEIGHT[difference.what]


def made(
    path: Path,
    values: tuple[Any, Any],
    names: Iterable[str | None],
    what: What,
    severity: Severity,
    units: str = "",
) -> Difference:
    """Return the difference of a reported field from the first value to the second. Empty names are left out."""
    own = tuple(name for name in names if name)
    change = FieldChange((ROOT, *path), *values, joined(own, _LABEL) + in_brackets(units))
    return Difference(change, what, severity, own, units)


def joined(names: Sequence[str], room: int, between: str = ", ") -> str:
    """Return the names as one text of `room` characters, or of more if they are many. The longest are cut first.

    A title is often longer than all that follows, and the last names say of which group it is, and what of it. A title
    with a gap differs from another one behind that gap (`told_apart`), so it keeps its end.
    """
    width, room = LONGEST_NAME, room - len(between) * (len(names) - 1)
    lengths = [len(one_line(name)) for name in names]
    while width > _NARROW and sum(min(length, width) for length in lengths) > room:
        width -= 1
    return between.join((ends if GAP in name else shortened)(name, width) for name in names)


def in_brackets(units: str) -> str:
    """Return the end of the label of a value that has a unit."""
    return f" ({units})" if units else ""


def either(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the keys of both maps, in the order of the newer one; keys that it lacks come last."""
    return [*after, *(key for key in before if key not in after)]


def words(code: str | None) -> str:
    """Return a code of the registry in lower-case words: ``LEAST_SQUARES_MEAN`` -> ``least squares mean``."""
    return (code or "").replace("_", " ").lower() if (code or "").isupper() else (code or "")
