"""Red flags in edited results: edits that turn a finding round, or that make harm look smaller. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from storage.values.severity import Severity
from tracker.changes.red_flag import Evidence, RedFlag
from tracker.changes.reported.compare import ReportedChanges
from tracker.changes.reported.posted_values import Differs, differs, same_words
from tracker.changes.reported.reported_events import FLOW, MEASURE, SAFETY
from tracker.changes.wording.words import shortened
from tracker.records.results.reported import Analysis, Measure, Period, PValue, number_of, p_value_of

__all__ = ["no_effect", "reported_flags"]

TIMING = "after results were posted"
_ALPHA = 0.05
_TENTH = 0.1
_NAME = 60
_RATIO = re.compile(r"ratio|hazard|odds|relative risk|fold", re.IGNORECASE)
_LOGARITHM = re.compile(r"\blog", re.IGNORECASE)
_DIFFERENCE = re.compile(r"difference|change|slope|effect|reduction|comparison", re.IGNORECASE)
_BIGGEST_FIRST = (
    "p_value",
    "interval",
    "direction",
    "exchanged",
    "went",
    "came",
    "denominator",
    "dispersion",
    "post_hoc",
)


def reported_flags(changes: ReportedChanges) -> list[RedFlag]:
    """Return the red flags, the most important kind first. The event of each names its aside."""
    found = [*_measure_flags(changes), *_safety_flags(changes), *_flow_flags(changes)]
    return sorted(found, key=lambda it: _rank(it.kind))


def _rank(kind: str) -> int:
    name = kind.rpartition(".")[2]
    return _BIGGEST_FIRST.index(name) if name in _BIGGEST_FIRST else len(_BIGGEST_FIRST)


def _flag(kind: str, event: str, severity: Severity, sentence: str, evidence: Mapping[str, Any], aside: str) -> RedFlag:
    return RedFlag(f"reported.{kind}", event, severity, TIMING, sentence, dict(evidence), aside)


# --- measures


def _measure_flags(changes: ReportedChanges) -> Iterator[RedFlag]:
    before, after = changes.before.measures, changes.after.measures
    for key, measure in after.items():
        was = before.get(key)
        if was is not None and was != measure:
            yield from _one_measure(was, measure)
        elif was is None and key not in changes.told and measure.is_primary:
            yield _came(measure)
    for key, was in before.items():
        if key not in after and key not in changes.told and was.is_posted:
            yield _gone(was)


def _severity(*measures: Measure) -> Severity:
    return Severity.MAJOR if any(it.is_primary for it in measures) else Severity.MINOR


def _gone(was: Measure) -> RedFlag:
    sentence = f"A measure disappeared from the posted results: {shortened(was.title, _NAME)}"
    aside = "a posted measure disappeared"
    return _flag("went", MEASURE, _severity(was), sentence, {"measure": was.title, "type": was.type}, aside)


def _came(measure: Measure) -> RedFlag:
    name = shortened(measure.title, _NAME)
    sentence = f"A primary measure was added to posted results: {name}"
    evidence = {"measure": measure.title, "type": measure.type}
    return _flag("came", MEASURE, Severity.MAJOR, sentence, evidence, "a primary measure was added")


def _one_measure(was: Measure, now: Measure) -> Iterator[RedFlag]:
    severity, name = _severity(was, now), shortened(now.title, _NAME)
    if was.is_posted and not now.is_posted:
        yield _gone(was)
        return
    for key, analysis in now.analyses.items():
        if key in was.analyses:
            yield from _analysis_flags(was.analyses[key], analysis, severity, name)
    if (pair := _exchanged(was, now)) is not None:
        titles = [now.groups[key].title for key in pair]
        sentence = f"Two groups exchanged their values: {' and '.join(titles)}, {name}"
        aside = f"{shortened(titles[0], 30)} and {shortened(titles[1], 30)} exchanged their values"
        groups: Evidence = {"measure": now.title, "groups": titles}
        # In any measure: it turns the finding round, or takes back one that was turned round.
        yield _flag("exchanged", MEASURE, Severity.MAJOR, sentence, groups, aside)
    if (counts := _denominator_moved(was, now)) is not None:
        sentence = f"A denominator changed by a tenth or more: {name}, {counts['before']} now {counts['after']}"
        yield _flag("denominator", MEASURE, severity, sentence, counts, "a denominator changed by a tenth or more")
    if not same_words(was.dispersion, now.dispersion) and _same_spreads(was, now):
        evidence = {"measure": now.title, "before": was.dispersion, "after": now.dispersion}
        sentence = f"The type of dispersion changed and its numbers did not: {name}"
        yield _flag(
            "dispersion", MEASURE, severity, sentence, evidence, "another type of dispersion under the same numbers"
        )
    if (was.type == "POST_HOC") != (now.type == "POST_HOC"):
        turn = "is now called post hoc" if now.type == "POST_HOC" else "is no longer called post hoc"
        evidence = {"measure": now.title, "before": was.type, "after": now.type}
        yield _flag("post_hoc", MEASURE, Severity.MINOR, f"A measure {turn}: {name}", evidence, f"a measure {turn}")


def _analysis_flags(was: Analysis, now: Analysis, severity: Severity, name: str) -> Iterator[RedFlag]:
    old, new = _is_below(p_value_of(was.p_value)), _is_below(p_value_of(now.p_value))
    if old is not None and new is not None and old != new:
        evidence = {"measure": name, "before": was.p_value, "after": now.p_value}
        sentence = f"A p-value crossed .05: {name}, {was.p_value} now {now.p_value}"
        yield _flag("p_value", MEASURE, severity, sentence, evidence, "p-value crosses .05")
    neutral = no_effect(now.estimate)
    if neutral is None or no_effect(was.estimate) != neutral:
        return
    included, includes = _includes(was, neutral), _includes(now, neutral)
    if included is not None and includes is not None and included != includes:
        limits = {"before": [was.lower, was.upper], "after": [now.lower, now.upper]}
        turn = "now includes no effect" if includes else "no longer includes no effect"
        sentence = f"A confidence interval {turn}: {name}, {now.estimate}"
        yield _flag("interval", MEASURE, severity, sentence, {"measure": name, **limits}, f"the interval {turn}")
    one, two = was.estimate_number, now.estimate_number
    if one is not None and two is not None and (one - neutral) * (two - neutral) < 0:
        evidence = {"measure": name, "before": was.estimate_value, "after": now.estimate_value}
        sentence = f"An estimate changed its direction: {name}, {now.estimate}"
        yield _flag("direction", MEASURE, severity, sentence, evidence, "the estimate changes its direction")


def _is_below(p_value: PValue | None) -> bool | None:
    """Return whether a p-value is below .05, or None if it does not say. ``<0.05`` is."""
    if p_value is None:
        return None
    if p_value.sign == "=":
        return p_value.number < _ALPHA
    if p_value.sign in ("<", "<="):
        return True if p_value.number < _ALPHA or (p_value.number, p_value.sign) == (_ALPHA, "<") else None
    return False if p_value.number >= _ALPHA else None


def no_effect(estimate: str | None) -> float | None:
    """Return the value of an estimate that means no effect: 1 for a ratio, 0 for a difference, None if unknown."""
    name = estimate or ""
    if _RATIO.search(name):
        return 0.0 if _LOGARITHM.search(name) else 1.0
    return 0.0 if _DIFFERENCE.search(name) else None


def _includes(analysis: Analysis, neutral: float) -> bool | None:
    lower, upper = number_of(analysis.lower), number_of(analysis.upper)
    return None if lower is None or upper is None else lower <= neutral <= upper


def _column(measure: Measure, group: str) -> list[tuple[str, str, str | None]]:
    return [
        (name, category, cells[group].value)
        for name, categories in measure.rows.items()
        for category, cells in categories.items()
        if group in cells
    ]


def _exchanged(was: Measure, now: Measure) -> tuple[str, str] | None:
    """Return two groups each of which now has the values that the other had."""
    shared = [key for key in now.groups if key in was.groups]
    old = {key: _ordered(was, key) for key in shared}
    new = {key: _ordered(now, key) for key in shared}
    moved = [key for key in shared if old[key] and old[key] != new[key]]
    by_column: dict[tuple[tuple[str, str, str | None], ...], list[str]] = {}
    for key in moved:
        by_column.setdefault(new[key], []).append(key)
    for key in moved:
        for other in by_column.get(old[key], ()):
            if other != key and old[other] == new[key]:
                return (key, other)
    return None


def _ordered(measure: Measure, group: str) -> tuple[tuple[str, str, str | None], ...]:
    return tuple(sorted(_column(measure, group), key=lambda it: it[:2]))


def _denominator_moved(was: Measure, now: Measure) -> Evidence | None:
    for unit, it in now.denominators.items():
        old = was.denominators.get(unit)
        for group, count in it.counts.items():
            one, two = number_of(old.counts.get(group) if old else None), number_of(count)
            if one and two is not None and abs(two - one) / one >= _TENTH:
                title = now.groups[group].title if group in now.groups else group
                return {
                    "measure": now.title,
                    "group": title,
                    "before": old.counts[group] if old else None,
                    "after": count,
                }
    return None


def _same_spreads(was: Measure, now: Measure) -> bool:
    """Return whether there are spreads or limits and none of them differs."""
    old, new = (
        {
            (name, category, group): (cell.spread, cell.lower, cell.upper)
            for name, categories in measure.rows.items()
            for category, cells in categories.items()
            for group, cell in cells.items()
            if cell.spread or cell.lower or cell.upper
        }
        for measure in (was, now)
    )
    return bool(old) and old.keys() == new.keys() and all(_equal(old[key], new[key]) for key in old)


def _equal(one: tuple[str | None, ...], two: tuple[str | None, ...]) -> bool:
    return all(differs(a, b) is Differs.NOT for a, b in zip(one, two, strict=True))


# --- safety and flow


def _safety_flags(changes: ReportedChanges) -> Iterator[RedFlag]:
    before, after = changes.before.adverse_events, changes.after.adverse_events
    for key, group in after.groups.items():
        was = before.groups.get(key)
        if was is None:
            continue
        for kind, name, said in (
            ("deaths", "deaths_affected", "deaths"),
            ("serious", "serious_affected", "serious totals"),
        ):
            one, two = getattr(was, name), getattr(group, name)
            if one is not None and two is not None and two < one:
                evidence = {"group": group.title, "before": one, "after": two}
                sentence = f"Fewer {said} than before: {shortened(group.title, _NAME)}, {one:,} now {two:,}"
                yield _flag(kind, SAFETY, Severity.MAJOR, sentence, evidence, f"{said} went down")
    one, two = number_of(before.threshold), number_of(after.threshold)
    if one is not None and two is not None and two > one:
        evidence = {"before": before.threshold, "after": after.threshold}
        sentence = f"Other adverse events are listed only from {after.threshold} % on (was {before.threshold} %)"
        yield _flag("threshold", SAFETY, Severity.MINOR, sentence, evidence, "the threshold was raised")


def _flow_flags(changes: ReportedChanges) -> Iterator[RedFlag]:
    for key, period in changes.after.flow.periods.items():
        was = changes.before.flow.periods.get(key)
        if was is None or was == period:
            continue
        for group, one, two in _both_counts(was, period, "STARTED"):
            if one and abs(two - one) / one >= _TENTH:
                evidence = {"period": period.title, "group": group, "before": one, "after": two}
                sentence = f"The number who started changed by a tenth or more: {one:,.0f} now {two:,.0f}"
                yield _flag("started", FLOW, Severity.MINOR, sentence, evidence, "started changed by a tenth or more")
        yield from _moved_reason(was, period)


def _both_counts(was: Period, now: Period, milestone: str) -> Iterator[tuple[str, float, float]]:
    old = {it.type: it for it in was.milestones.values()}.get(milestone)
    new = {it.type: it for it in now.milestones.values()}.get(milestone)
    if old is None or new is None:
        return
    for group, count in new.counts.items():
        one = number_of(old.counts[group].participants) if group in old.counts else None
        two = number_of(count.participants)
        if one is not None and two is not None:
            yield group, one, two


def _moved_reason(was: Period, now: Period) -> Iterator[RedFlag]:
    """An adverse event as the reason for leaving became another reason, in the same number of participants."""
    moved: dict[str, dict[str, float]] = {}
    for key, reason in now.reasons.items():
        if key not in was.reasons:
            continue
        for group, count in reason.counts.items():
            old = was.reasons[key].counts.get(group)
            one, two = number_of(old.participants if old else None), number_of(count.participants)
            if one is not None and two is not None and one != two:
                moved.setdefault(group, {})[reason.type] = two - one
    for group, steps in moved.items():
        fewer = steps.get("Adverse Event", 0.0)
        other = next((name for name, step in steps.items() if fewer < 0 and step == -fewer), None)
        if other is not None:
            evidence = {"period": now.title, "group": group, "participants": -fewer, "now": other}
            sentence = f"{-fewer:,.0f} who left because of an adverse event are now counted under {other}"
            yield _flag(
                "reason", FLOW, Severity.MINOR, sentence, evidence, "adverse events became another reason for leaving"
            )
