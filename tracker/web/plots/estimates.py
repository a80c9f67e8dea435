"""Statistical analyses of a measure as estimates of one kind: ratios, differences, other values. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tracker.changes.wording.words import at_start
from tracker.records.results.reported import Analysis, Measure, number_of
from tracker.web.plots.parts.words import text_words

__all__ = ["DIFFERENCE", "RATIO", "VALUE", "Estimate", "estimates", "told_sides", "valued_sides", "within_sentence"]

RATIO, DIFFERENCE, VALUE = "ratio", "difference", "value"
_RATIO = re.compile(r"\b(?:ratio|hr|or|rr|irr|gmr|relative risk|odds)\b", re.IGNORECASE)
_DIFFERENCE = re.compile(r"\bdifference|\bhodges|\breduction\b|\bchange\b", re.IGNORECASE)
_NO_RATIO = re.compile(r"\blog\b|\bln\b|%|percent|\bdifference", re.IGNORECASE)
_FOLD = re.compile(r"\bfold\b|\blog\b|\bln\b", re.IGNORECASE)
_TEST = re.compile(r"\bstatistic\b|\btest\b|chi", re.IGNORECASE)
_SHORT = re.compile(r"\s*\((?:HR|OR|RR|RD|MD|SMD|IRR|GMR)(?:,? log)?\)\s*$")
_FAVOURS = re.compile(
    r"(?P<way><|>|less than|below|lower than|greater than|above|more than|negative|positive)\s*(?P<at>[01](?:\.0+)?)?"
    r"[^.;<>]{0,40}?\bfavou?r(?:s|ing|ed|able)?(?: to| of| the)*\s+(?P<whom>[^.;,()<>]{1,80})",
    re.IGNORECASE,
)
_PLAIN = frozenset(
    "adjusted difference estimate final geometric hazard least mean means median net odds percentage rate ratio "
    "relative risk slope square squares treatment value values".split()
)
"""Words that need no capital within the name of an estimate."""
_TIME = re.compile(r"\b(?:hour|day|week|month|year)s?\b", re.IGNORECASE)
_SHARE = re.compile(r"%|percent|proportion|rate", re.IGNORECASE)
_LOWER = frozenset({"<", "less than", "below", "lower than", "negative"})


class Estimate(NamedTuple):
    """One analysis with a number."""

    analysis: Analysis
    #: The kind of estimate in words, such as ``Hazard ratio``.
    name: str
    kind: str
    value: float
    low: float | None
    high: float | None

    @property
    def neutral(self) -> float | None:
        """The value of no difference; None where there is none."""
        return {RATIO: 1.0, DIFFERENCE: 0.0}.get(self.kind)


def estimates(measure: Measure) -> dict[str, list[Estimate]]:
    """Return the analyses that have a number, by name of the estimate, in the registry's order."""
    found: dict[str, list[Estimate]] = {}
    for estimate in _all(measure.analyses):
        found.setdefault(estimate.name.casefold(), []).append(estimate)
    return {same[0].name: _one_kind(same) for same in found.values()}


def _all(analyses: Mapping[str, Analysis]) -> Iterator[Estimate]:
    for analysis in analyses.values():
        name = at_start(_SHORT.sub("", text_words(analysis.estimate)).strip())
        value = analysis.estimate_number if analysis.estimate_number is not None else number_of(analysis.estimate_value)
        if value is None or not name or _TEST.search(name):
            continue
        low, high = number_of(analysis.lower), number_of(analysis.upper)
        if low is None and high is None and _kind(name) == VALUE:
            continue
        yield Estimate(analysis, _lowered(name), _kind(name), value, low, high)


def _lowered(name: str) -> str:
    """Return a name in sentence case: ``Hazard Ratio`` is no proper name, ``Hodges-Lehmann`` is one."""
    return at_start(" ".join(word.lower() if word.strip("()").lower() in _PLAIN else word for word in name.split()))


def within_sentence(name: str) -> str:
    """Return the name of an estimate as it stands within a sentence."""
    first, blank, rest = name.partition(" ")
    return f"{first.lower() if first.lower() in _PLAIN else first}{blank}{rest}"


def _kind(name: str) -> str:
    if _RATIO.search(name) and not _NO_RATIO.search(name):
        return RATIO
    return DIFFERENCE if _DIFFERENCE.search(name) and not _FOLD.search(name) else VALUE


def _one_kind(same: Sequence[Estimate]) -> list[Estimate]:
    """Return estimates of one name. A "ratio" with a number of zero or less is none, and has no neutral value."""
    numbers = [number for it in same for number in (it.value, it.low, it.high) if number is not None]
    if same[0].kind == RATIO and min(numbers) <= 0:
        points = [it.value for it in same]
        if min(points) <= 0:
            return [it._replace(kind=VALUE) for it in same]
        return [it._replace(low=None if it.low is not None and it.low <= 0 else it.low) for it in same]
    return list(same)


def told_sides(estimate: Estimate) -> tuple[str, str] | None:
    """Return whom the lower and the upper side favour, if the analysis says so itself: "" for a side it does not name.

    Only the words of the record count: whether more of something is good, no number tells.
    """
    analysis = estimate.analysis
    lower = upper = ""
    texts = (analysis.estimate_comment, analysis.group_description, analysis.other, analysis.method_comment)
    for text in (*texts, analysis.hypothesis_comment):
        for found in _FAVOURS.finditer(text_words(text)):
            at = found["at"]
            if at is not None and estimate.neutral is not None and float(at) != estimate.neutral:
                continue
            whom = found["whom"].strip()
            if found["way"].lower() in _LOWER:
                lower = lower or whom
            else:
                upper = upper or whom
    return (lower, upper) if lower or upper else None


def valued_sides(estimate: Estimate, measure: Measure) -> tuple[str, str] | None:
    """Return the keys of the groups whose values are higher on the lower and on the upper side, or None.

    It can be told for two groups with one value each, if the interval lies on one side of no difference: then that is
    the side of the group with the higher value. Counts of people do not tell, because the groups differ in size.
    """
    neutral, groups = estimate.neutral, [key for key in measure.groups if key in estimate.analysis.groups]
    if neutral is None or len(groups) != 2 or estimate.low is None or estimate.high is None:
        return None
    if estimate.low <= neutral <= estimate.high or not _comparable(estimate, measure):
        return None
    cells = [cells for categories in measure.rows.values() for cells in categories.values()]
    if len(cells) != 1 or not all(key in cells[0] for key in groups):
        return None
    one, two = (number_of(cells[0][key].value) for key in groups)
    if one is None or two is None or one == two:
        return None
    higher, lower = groups if one > two else reversed(groups)
    return (lower, higher) if estimate.value > neutral else (higher, lower)


def _comparable(estimate: Estimate, measure: Measure) -> bool:
    """Return whether the values of the groups tell what the estimate is about: times for hazards, else no counts."""
    units = measure.units or ""
    if "hazard" in estimate.name.lower():
        return bool(_TIME.search(units)) and not _SHARE.search(units)
    counted = "COUNT" in (measure.statistic or "") or (measure.statistic or "") == "NUMBER"
    return not counted or bool(_SHARE.search(units))
