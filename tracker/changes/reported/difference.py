"""One difference between two versions of posted results. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from storage.values.severity import Severity
from tracker.changes.field_change import FieldChange, Path
from tracker.changes.wording.words import shortened

__all__ = ["ROOT", "Difference", "What", "by_weight", "either", "in_brackets", "label_of", "made", "words"]

ROOT = "reported"
"""First part of the path of every reported value."""
_NAME = 60
_LABEL = 180


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
    """One differing field. `thing` is the title of the measure, group or term that it belongs to."""

    change: FieldChange
    what: What
    severity: Severity
    thing: str = ""
    #: The unit of both values, if it is part of the label.
    units: str = ""


def by_weight(difference: Difference) -> tuple[int, int]:
    """Return the sort key that puts the most important difference first. The order is stable otherwise."""
    ranks = (Severity.MAJOR, Severity.MINOR, Severity.ADMIN)
    return ranks.index(difference.severity), _WEIGHT[difference.what]


def label_of(parts: Iterable[str | None]) -> str:
    """Return the name of a value: the titles that lead to it, each cut, empty ones left out."""
    return shortened(", ".join(shortened(part, _NAME) for part in parts if part), _LABEL)


def made(path: Path, values: tuple[Any, Any], label: Iterable[str | None], units: str = "") -> FieldChange:
    """Return the change of a reported field from the first value to the second."""
    return FieldChange((ROOT, *path), *values, label_of(label) + in_brackets(units))


def in_brackets(units: str) -> str:
    """Return the end of the label of a value that has a unit."""
    return f" ({units})" if units else ""


def either(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the keys of both maps, in the order of the newer one; keys that it lacks come last."""
    return [*after, *(key for key in before if key not in after)]


def words(code: str | None) -> str:
    """Return a code of the registry in lower-case words: ``LEAST_SQUARES_MEAN`` -> ``least squares mean``."""
    return (code or "").replace("_", " ").lower() if (code or "").isupper() else (code or "")
