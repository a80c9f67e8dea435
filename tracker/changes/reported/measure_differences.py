"""What differs in one table of values: an outcome measure, or a measure of the baseline. Pure.

Both sides have the same keys already (`tracker.changes.reported.align`). A group, class, category or analysis that came
or went is one difference, not one for each of its cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from storage.values.severity import Severity
from tracker.changes.field_change import Path
from tracker.changes.reported.difference import Difference, What, either, joined, made, words
from tracker.changes.reported.posted_values import Differs, differs, p_values_differ, same_words
from tracker.changes.wording.words import shortened
from tracker.records.results.reported import Analysis, Cell, Denominator, Measure, ReportedGroup

__all__ = ["TOLD_BY_OUTCOMES", "MeasureDifferences"]

_UNITS = 30
_COMPARED = 60
_TEXTS = ("population", "anticipated_posting")
TOLD_BY_OUTCOMES = ("title", "time_frame", "type", "description")
_ANALYSIS_NUMBERS = {
    "estimate_value": "estimate",
    "dispersion_value": "spread of the estimate",
    "interval_percent": "per cent of the interval",
    "lower": "lower limit",
    "upper": "upper limit",
}
_ANALYSIS_WORDS = {"estimate": "name of the estimate", "dispersion": "type of dispersion", "interval_sides": "sides"}
_ANALYSIS_TEXTS = {
    "method": "method",
    "method_comment": "comment on the method",
    "hypothesis": "hypothesis",
    "hypothesis_comment": "comment on the hypothesis",
    "p_value_comment": "comment on the p-value",
    "estimate_comment": "comment on the estimate",
    "lower_comment": "comment on the lower limit",
    "upper_comment": "comment on the upper limit",
    "group_description": "description of the comparison",
    "other": "other analysis",
}


class MeasureDifferences:
    """The differences of one table under two versions. `grave` is the severity of a changed value.

    `name` is what the table is called in the labels of its differences.
    """

    def __init__(
        self,
        path: Path,
        before: Measure,
        after: Measure,
        *,
        name: str,
        grave: Severity,
        groups: tuple[Mapping[str, ReportedGroup], Mapping[str, ReportedGroup]],
        told: frozenset[str],
    ) -> None:
        self._path = path
        self._before = before
        self._after = after
        self._name = name
        self._grave = grave
        self._groups = groups
        #: The texts of which the events of outcomes tell.
        self._told = told

    def __iter__(self) -> Iterator[Difference]:
        before, after = self._before, self._after
        if before == after:
            return
        yield from self._descriptions()
        if before.is_posted != after.is_posted:
            what = What.CAME if after.is_posted else What.WENT
            yield self._made(("status",), (before.status, after.status), ("results",), what, self._grave)
            return
        yield from self._head()
        yield from self._own_groups()
        yield from self._denominators((), (), before.denominators, after.denominators)
        yield from self._classes()
        yield from self._analyses()

    def _made(
        self,
        path: Path,
        values: tuple[Any, Any],
        label: tuple[str | None, ...],
        what: What,
        severity: Severity,
        units: str = "",
    ) -> Difference:
        return made((*self._path, *path), values, (self._name, *label), what, severity, units)

    def _weighed(self, how: Differs, what: What) -> tuple[What, Severity]:
        """Return what differs, and how much that matters. The same number with other digits matters little."""
        return (What.DIGITS, Severity.MINOR) if how is Differs.DIGITS else (what, self._grave)

    def _descriptions(self) -> Iterator[Difference]:
        for name in (it for it in TOLD_BY_OUTCOMES if it not in self._told):
            one, two = getattr(self._before, name), getattr(self._after, name)
            if not same_words(one, two):
                yield self._made((name,), (one, two), (name.replace("_", " "),), What.TEXT, Severity.MINOR)

    def _head(self) -> Iterator[Difference]:
        before, after = self._before, self._after
        for name, what in (("units", What.UNIT), ("statistic", What.STATISTIC), ("dispersion", What.DISPERSION)):
            one, two = getattr(before, name), getattr(after, name)
            if not same_words(one, two):
                yield self._made((name,), (one, two), (what.value,), what, self._grave)
        if not same_words(before.units_analyzed, after.units_analyzed):
            values = (before.units_analyzed, after.units_analyzed)
            yield self._made(("units_analyzed",), values, ("units analyzed",), What.DENOMINATOR, self._grave)
        for name in _TEXTS:
            one, two = getattr(before, name), getattr(after, name)
            if not same_words(one, two):
                label = "population analyzed" if name == "population" else "anticipated posting"
                yield self._made((name,), (one, two), (label,), What.TEXT, Severity.MINOR)

    def _own_groups(self) -> Iterator[Difference]:
        """The groups of an outcome measure. Those of the baseline belong to the whole baseline."""
        before, after = self._before.groups, self._after.groups
        for key, group in before.items():
            if key not in after:
                values = (msgspec.to_builtins(group), None)
                yield self._made(("groups", key), values, ("group", group.title), What.WENT, self._grave)
            elif not same_words(group.description, after[key].description):
                texts = (group.description, after[key].description)
                label = (after[key].title, "description")
                yield self._made(("groups", key, "description"), texts, label, What.TEXT, Severity.MINOR)
        for key, group in after.items():
            if key not in before:
                values = (None, msgspec.to_builtins(group))
                yield self._made(("groups", key), values, ("group", group.title), What.CAME, self._grave)

    def _is_kept(self, group: str) -> bool:
        """Return whether a group did not come or go: that is told as such.

        A value may name a group that no list has.
        """
        return (group in self._groups[0]) == (group in self._groups[1])

    def _denominators(
        self,
        path: Path,
        label: tuple[str | None, ...],
        before: Mapping[str, Denominator],
        after: Mapping[str, Denominator],
    ) -> Iterator[Difference]:
        for unit in either(before, after):
            old = before[unit].counts if unit in before else {}
            new = after[unit].counts if unit in after else {}
            units = (after.get(unit) or before[unit]).units.lower()
            for group in either(old, new):
                one, two = old.get(group), new.get(group)
                if self._is_kept(group) and differs(one, two) is not Differs.NOT:
                    where = (*path, "denominators", unit, "counts", group)
                    told = (*label, self._title(group), f"{units} analyzed")
                    yield self._made(where, (one, two), told, What.DENOMINATOR, self._grave)

    def _title(self, group: str) -> str:
        found = self._groups[1].get(group) or self._groups[0].get(group)
        return found.title if found else group

    def _classes(self) -> Iterator[Difference]:
        before, after = self._before, self._after
        for key in either(before.rows, after.rows):
            old, new = before.rows.get(key), after.rows.get(key)
            title = (after.classes.get(key) or before.classes[key]).title
            if old is None or new is None:
                what = What.CAME if old is None else What.WENT
                values = (msgspec.to_builtins(old), msgspec.to_builtins(new))
                yield self._made(("rows", key), values, (title or "values",), what, self._grave)
                continue
            denominators = (before.classes[key].denominators, after.classes[key].denominators)
            yield from self._denominators(("classes", key), (title,), *denominators)
            yield from self._categories(key, title, old, new)

    def _categories(
        self, key: str, title: str, before: Mapping[str, Mapping[str, Cell]], after: Mapping[str, Mapping[str, Cell]]
    ) -> Iterator[Difference]:
        names = (self._before.classes[key].categories, self._after.classes[key].categories)
        for category in either(before, after):
            old, new = before.get(category), after.get(category)
            label = (title, names[1].get(category) or names[0].get(category))
            if old is None or new is None:
                what = What.CAME if old is None else What.WENT
                values = (msgspec.to_builtins(old), msgspec.to_builtins(new))
                yield self._made(("rows", key, category), values, label, what, self._grave)
                continue
            for group in either(old, new):
                if self._is_kept(group):
                    where, told = ("rows", key, category, group), (*label, self._title(group))
                    yield from self._cell(where, told, old.get(group), new.get(group))

    def _cell(
        self, path: Path, label: tuple[str | None, ...], before: Cell | None, after: Cell | None
    ) -> Iterator[Difference]:
        if before == after:
            return
        old, new = before or Cell(), after or Cell()
        statistic = _turned(self._before.statistic, self._after.statistic) or "value"
        spread = _turned(self._before.dispersion, self._after.dispersion) or "spread"
        named = {"value": statistic, "spread": spread, "lower": f"{spread}, lower", "upper": f"{spread}, upper"}
        units, turned = self._units()
        for name, said in named.items():
            one, two = getattr(old, name), getattr(new, name)
            how = differs(one, two)
            if how is not Differs.NOT:
                what, severity = self._weighed(how, What.VALUE if name == "value" else What.SPREAD)
                yield self._made((*path, name), (one, two), (*label, said, turned), what, severity, units)
        if not same_words(old.comment, new.comment):
            values = (old.comment, new.comment)
            yield self._made((*path, "comment"), values, (*label, "comment"), What.TEXT, Severity.MINOR)

    def _units(self) -> tuple[str, str]:
        """Return the unit of both values, or else how it changed: then one unit is true of neither pair."""
        was, now = (shortened(it.units or "", _UNITS) for it in (self._before, self._after))
        if same_words(was, now):
            return now, ""
        return "", f"in {was or 'no unit'}, now in {now or 'no unit'}"

    def _analyses(self) -> Iterator[Difference]:
        before, after = self._before.analyses, self._after.analyses
        for key, analysis in after.items():
            if key in before:
                yield from self._analysis(key, before[key], analysis)
            else:
                values = (None, msgspec.to_builtins(analysis))
                label = ("analysis", self.compared(analysis))
                yield self._made(("analyses", key), values, label, What.CAME, self._grave)
        for key, analysis in before.items():
            if key not in after:
                values = (msgspec.to_builtins(analysis), None)
                label = ("analysis", self.compared(analysis))
                yield self._made(("analyses", key), values, label, What.WENT, self._grave)

    def compared(self, analysis: Analysis) -> str:
        """Return the groups of an analysis in words: ``Drug A and Placebo``. The registry names no direction."""
        places = {group: at for at, group in enumerate((*self._groups[1], *self._groups[0]))}
        ordered = sorted(analysis.groups, key=lambda group: places.get(group, len(places)))
        return joined([self._title(group) for group in ordered], _COMPARED, " and ")

    def _analysis(self, key: str, before: Analysis, after: Analysis) -> Iterator[Difference]:
        path, label = ("analyses", key), (self.compared(after),)
        numbers = {"p_value": "p-value", **_ANALYSIS_NUMBERS}
        numbers["estimate_value"] = after.estimate or numbers["estimate_value"]
        for name, said in numbers.items():
            one, two = getattr(before, name), getattr(after, name)
            how = (p_values_differ if name == "p_value" else differs)(one, two)
            if how is not Differs.NOT:
                what, severity = self._weighed(how, What.ANALYSIS)
                yield self._made((*path, name), (one, two), (*label, said), what, severity)
        for names, what, severity in (
            (_ANALYSIS_WORDS, What.ANALYSIS, self._grave),
            (_ANALYSIS_TEXTS, What.TEXT, Severity.MINOR),
        ):
            for name, said in names.items():
                one, two = getattr(before, name), getattr(after, name)
                if not same_words(one, two):
                    yield self._made((*path, name), (one, two), (*label, said), what, severity)
        if before.groups != after.groups:
            values = (list(before.groups), list(after.groups))
            yield self._made((*path, "groups"), values, (*label, "groups"), What.ANALYSIS, self._grave)


def _turned(before: str | None, after: str | None) -> str:
    """Return what both numbers are: ``mean``, or ``mean, now median`` if the first is another thing than the second."""
    was, now = words(before), words(after)
    return now if not was or not now or same_words(was, now) else f"{was}, now {now}"
