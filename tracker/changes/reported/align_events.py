"""Align adverse events: groups and terms. Pure."""

from __future__ import annotations

from collections.abc import Hashable

import msgspec

from tracker.changes.matching.pairing import Kind, Likeness
from tracker.changes.matching.word_likeness import common_share, words_of
from tracker.changes.reported.align_groups import aligned_groups
from tracker.changes.reported.partners import Renamings, moved, partners, scaled
from tracker.records.results.reported import AdverseEvent, AdverseEvents, EventGroupTotals, ReportedGroup

__all__ = ["aligned_events"]


def aligned_events(before: AdverseEvents, after: AdverseEvents, found: Renamings) -> AdverseEvents:
    if before == after:
        return before
    groups = aligned_groups(
        {key: ReportedGroup(it.title, it.description) for key, it in before.groups.items()},
        {key: ReportedGroup(it.title, it.description) for key, it in after.groups.items()},
        {key: _totals(it) for key, it in before.groups.items()},
        {key: _totals(it) for key, it in after.groups.items()},
        ("adverse_events", "groups"),
        found,
    )
    events = {key: msgspec.structs.replace(it, counts=moved(it.counts, groups)) for key, it in before.events.items()}
    keys = partners(events, after.events, _EVENTS)
    for old, new in keys.items():
        found.note("term", ("adverse_events", "events", new), (before.events[old].term, after.events[new].term))
    return msgspec.structs.replace(before, groups=moved(before.groups, groups), events=moved(events, keys))


def _totals(group: EventGroupTotals) -> list[object]:
    names = ("deaths_affected", "deaths_at_risk", "serious_affected", "serious_at_risk", "other_affected")
    return [(name, getattr(group, name)) for name in (*names, "other_at_risk") if getattr(group, name) is not None]


def _event_counts(event: AdverseEvent) -> frozenset[Hashable]:
    return frozenset((group, it.affected, it.events) for group, it in event.counts.items() if it.affected or it.events)


def _event_likeness(one: AdverseEvent, two: AdverseEvent) -> Likeness:
    """Terms are one if they stand in the same list with the same counts and share words or an organ system."""
    if one.serious != two.serious:
        return Likeness(0.0, "one is serious")
    words = common_share(words_of(one.term), words_of(two.term))
    system = common_share(words_of(one.system), words_of(two.system))
    mine, theirs = _event_counts(one), _event_counts(two)
    total = len(mine) + len(theirs)
    equal = 2 * len(mine & theirs) / total if total else 0.0
    return Likeness(scaled(0.5 * words + 0.15 * system + 0.35 * equal), "terms and counts")


_EVENTS: Kind[AdverseEvent] = Kind(lambda it: words_of(it.term), _event_likeness, _event_counts)
