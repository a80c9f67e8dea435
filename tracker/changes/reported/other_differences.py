"""What differs in the flow, the baseline, the adverse events and the texts of posted results. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from storage.values.severity import Severity
from tracker.changes.field_change import Path
from tracker.changes.reported.difference import Difference, What, either, made, words
from tracker.changes.reported.measure_differences import MeasureDifferences
from tracker.changes.reported.posted_values import Differs, differs, same_words
from tracker.changes.wording.words import count_of
from tracker.records.results.reported import (
    AdverseEvent,
    AdverseEvents,
    Baseline,
    EventGroupTotals,
    Flow,
    FlowCount,
    Reported,
    ReportedGroup,
)

__all__ = ["baseline_differences", "flow_differences", "safety_differences", "text_differences"]

_MANY_TERMS = 10
"""From this many terms with another vocabulary on, the new coding is told in one sentence."""
_TOTALS = {
    "deaths_affected": ("deaths", What.DEATHS, Severity.MAJOR),
    "serious_affected": ("with serious adverse events", What.SERIOUS, Severity.MAJOR),
    "other_affected": ("with other adverse events", What.COUNT, Severity.MINOR),
    "deaths_at_risk": ("at risk of death", What.DENOMINATOR, Severity.MINOR),
    "serious_at_risk": ("at risk of serious adverse events", What.DENOMINATOR, Severity.MINOR),
    "other_at_risk": ("at risk of other adverse events", What.DENOMINATOR, Severity.MINOR),
}


def flow_differences(before: Flow, after: Flow) -> Iterator[Difference]:
    """Yield what differs in the participant flow."""
    if before == after:
        return
    yield from _groups(("flow", "groups"), "Participant flow", before.groups, after.groups)
    for name, said in (("recruitment", "recruitment"), ("before_assignment", "before assignment"), ("units", "units")):
        yield from _text(("flow", name), ("Participant flow", said), getattr(before, name), getattr(after, name))
    moved = before.groups.keys() ^ after.groups.keys()
    titles = {key: group.title for key, group in after.groups.items()}
    for key in either(before.periods, after.periods):
        old, new = before.periods.get(key), after.periods.get(key)
        path = ("flow", "periods", key)
        if old is None or new is None:
            title = (new or old).title  # type: ignore[union-attr]  # one of them is there
            yield _whole(path, old, new, ("Participant flow", title))
            continue
        for kind in ("milestones", "reasons"):
            mine, theirs = getattr(old, kind), getattr(new, kind)
            for name in either(mine, theirs):
                one, two = mine.get(name), theirs.get(name)
                label = ("Participant flow", new.title, words((two or one).type))
                if one is None or two is None:
                    yield _whole((*path, kind, name), one, two, label)
                    continue
                yield from _text((*path, kind, name, "comment"), (*label, "comment"), one.comment, two.comment)
                for group in either(one.counts, two.counts):
                    if group not in moved:
                        where = (*path, kind, name, "counts", group)
                        yield from _flow_count(
                            where, (*label, titles.get(group, group)), one.counts.get(group), two.counts.get(group)
                        )


def _flow_count(
    path: Path, label: tuple[str, ...], before: FlowCount | None, after: FlowCount | None
) -> Iterator[Difference]:
    old, new = before or FlowCount(), after or FlowCount()
    for name in ("participants", "units"):
        one, two = getattr(old, name), getattr(new, name)
        if differs(one, two) is not Differs.NOT:
            yield made((*path, name), (one, two), (*label, name), What.COUNT, Severity.MINOR)
    yield from _text((*path, "comment"), (*label, "comment"), old.comment, new.comment)


def baseline_differences(before: Baseline, after: Baseline) -> Iterator[Difference]:
    """Yield what differs in the baseline: groups, denominators, measures."""
    if before == after:
        return
    yield from _groups(("baseline", "groups"), "Baseline", before.groups, after.groups)
    values = (before.population, after.population)
    yield from _text(("baseline", "population"), ("Baseline", "population analyzed"), *values)
    units = (before.units_analyzed, after.units_analyzed)
    yield from _text(("baseline", "units_analyzed"), ("Baseline", "units analyzed"), *units)
    moved = before.groups.keys() ^ after.groups.keys()
    for unit in either(before.denominators, after.denominators):
        old = before.denominators[unit].counts if unit in before.denominators else {}
        new = after.denominators[unit].counts if unit in after.denominators else {}
        analyzed = f"{(after.denominators.get(unit) or before.denominators[unit]).units.lower()} analyzed"
        for group in either(old, new):
            one, two = old.get(group), new.get(group)
            if group not in moved and differs(one, two) is not Differs.NOT:
                where = ("baseline", "denominators", unit, "counts", group)
                names = ("Baseline", _title(after.groups, group), analyzed)
                yield made(where, (one, two), names, What.DENOMINATOR, Severity.MINOR)
    groups = (before.groups, after.groups)
    for key in either(before.measures, after.measures):
        was, now = before.measures.get(key), after.measures.get(key)
        path = ("baseline", "measures", key)
        if was is None or now is None:
            yield _whole(path, was, now, ("Baseline", (now or was).title))  # type: ignore[union-attr]
        else:
            told: frozenset[str] = frozenset()
            yield from MeasureDifferences(
                path, was, now, name=now.title, grave=Severity.MINOR, groups=groups, told=told
            )


def safety_differences(before: AdverseEvents, after: AdverseEvents) -> Iterator[Difference]:
    """Yield what differs in the adverse events: totals of groups, terms, threshold, texts."""
    if before == after:
        return
    for key in either(before.groups, after.groups):
        yield from _event_group(key, before.groups.get(key), after.groups.get(key))
    if differs(before.threshold, after.threshold) is not Differs.NOT:
        values = (before.threshold, after.threshold)
        names = ("Adverse events", "threshold of frequency (per cent)")
        yield made(("adverse_events", "threshold"), values, names, What.COUNT, Severity.MINOR)
    for name, text in (
        ("time_frame", "time frame"),
        ("description", "description"),
        ("deaths_comment", "comment on deaths"),
    ):
        path = ("adverse_events", name)
        yield from _text(path, ("Adverse events", text), getattr(before, name), getattr(after, name))
    yield from _terms(before, after)


def _event_group(key: str, old: EventGroupTotals | None, new: EventGroupTotals | None) -> Iterator[Difference]:
    path = ("adverse_events", "groups", key)
    if old is None or new is None:
        title = (new or old).title  # type: ignore[union-attr]  # one of them is there
        found = _whole(path, old, new, ("Adverse events", "group", title))
        yield found._replace(severity=Severity.MAJOR)
        return
    for name, (said, what, severity) in _TOTALS.items():
        one, two = getattr(old, name), getattr(new, name)
        if one != two:
            yield made((*path, name), (one, two), (new.title, said), what, severity)
    yield from _text((*path, "description"), (new.title, "description"), old.description, new.description)


def _terms(before: AdverseEvents, after: AdverseEvents) -> Iterator[Difference]:
    recoded = [
        key
        for key, event in after.events.items()
        if key in before.events and not same_words(before.events[key].vocabulary, event.vocabulary)
    ]
    if len(recoded) >= _MANY_TERMS:
        yield _new_coding(before, after, recoded)
        recoded_keys = frozenset(recoded)
    else:
        recoded_keys = frozenset()
    groups = (before.groups, after.groups)
    for key in either(before.events, after.events):
        old, new = before.events.get(key), after.events.get(key)
        path = ("adverse_events", "events", key)
        if old is None or new is None:
            event = new or old
            assert event is not None  # the key comes from one of the two
            yield _whole(path, old, new, _term_words(event))._replace(what=What.TERM)
            continue
        yield from _term(path, old, new, groups, coded=key not in recoded_keys)


def _new_coding(before: AdverseEvents, after: AdverseEvents, recoded: list[str]) -> Difference:
    """Return one difference for many terms with another vocabulary, named by the first of them."""
    first = recoded[0]
    values = (before.events[first].vocabulary, after.events[first].vocabulary)
    label = ("Adverse events", f"vocabulary of {count_of(len(recoded), 'term')}")
    return made(("adverse_events", "events", first, "vocabulary"), values, label, What.CODING, Severity.ADMIN)


def _term_words(event: AdverseEvent) -> tuple[str, ...]:
    return ("Serious adverse event" if event.serious else "Other adverse event", event.term)


def _term(
    path: Path,
    before: AdverseEvent,
    after: AdverseEvent,
    groups: tuple[Mapping[str, EventGroupTotals], Mapping[str, EventGroupTotals]],
    *,
    coded: bool,
) -> Iterator[Difference]:
    if before == after:
        return
    label, moved = _term_words(after), groups[0].keys() ^ groups[1].keys()
    for group in either(before.counts, after.counts):
        if group in moved:
            continue
        old, new = before.counts.get(group), after.counts.get(group)
        for name in ("affected", "events", "at_risk"):
            one, two = getattr(old, name, None), getattr(new, name, None)
            if one != two:
                said = name.replace("_", " ")
                where = (*path, "counts", group, name)
                names = (*label, _title(groups[1], group), said)
                yield made(where, (one, two), names, What.TERM, Severity.MINOR)
    named = ("assessment", "notes", "system", *(("vocabulary",) if coded else ()))
    for name in named:
        said = "organ system" if name == "system" else name
        yield from _text((*path, name), (*label, said), getattr(before, name), getattr(after, name))


def text_differences(before: Reported, after: Reported) -> Iterator[Difference]:
    """Yield what differs in the limitations, the agreements and the point of contact."""
    yield from _text(("limitations",), ("Limitations and caveats",), before.limitations, after.limitations)
    for name, said, severity in (
        ("agreement", "Agreements", Severity.MINOR),
        ("contact", "Point of contact", Severity.ADMIN),
    ):
        one, two = getattr(before, name), getattr(after, name)
        if one != two:
            values = (msgspec.to_builtins(one), msgspec.to_builtins(two))
            yield made((name,), values, (said,), What.TEXT, severity)


def _groups(
    path: Path, part: str, before: Mapping[str, ReportedGroup], after: Mapping[str, ReportedGroup]
) -> Iterator[Difference]:
    for key in either(before, after):
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            title = (new or old).title  # type: ignore[union-attr]  # one of them is there
            yield _whole((*path, key), old, new, (part, "group", title))
        else:
            values = (old.description, new.description)
            yield from _text((*path, key, "description"), (part, new.title, "description"), *values)


def _title(groups: Mapping[str, ReportedGroup] | Mapping[str, EventGroupTotals], key: str) -> str:
    return groups[key].title if key in groups else key


def _whole(path: Path, before: Any, after: Any, label: tuple[str, ...]) -> Difference:
    """Return the difference of a thing that came or went."""
    values = (msgspec.to_builtins(before), msgspec.to_builtins(after))
    what = What.CAME if before is None else What.WENT
    return made(path, values, label, what, Severity.MINOR)


def _text(path: Path, label: tuple[str, ...], before: str | None, after: str | None) -> Iterator[Difference]:
    if not same_words(before, after):
        yield made(path, (before, after), label, What.TEXT, Severity.MINOR)
