"""Read the adverse events of a results section. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tracker.records.results.reported import AdverseEvent, AdverseEvents, EventCount, EventGroupTotals
from tracker.records.results.reported_keys import by_key, put
from tracker.registries.ctgov.results.raw import RawAdverseEvent, RawEventGroup, RawEvents
from tracker.registries.ctgov.results.texts import GroupKeys, line, text

__all__ = ["adverse_events"]


def adverse_events(raw: RawEvents) -> AdverseEvents:
    """Return the adverse events, serious ones first, each list in its own order."""
    groups = by_key([_group(it) for it in raw.event_groups], lambda it: it.title, lambda it: it.description or "")
    group = GroupKeys({it.code: mine for mine, it in groups.items() if it.code})
    return AdverseEvents(
        time_frame=text(raw.time_frame),
        description=text(raw.description),
        deaths_comment=text(raw.all_cause_mortality_comment),
        threshold=line(raw.frequency_threshold),
        groups=groups,
        # The same term may be serious and not serious, and stand under two organ systems.
        events=by_key(
            list(_events(raw, group)),
            lambda it: f"{'serious' if it.serious else 'other'} {it.term} {it.system}",
            lambda it: f"{it.assessment or ''} {it.vocabulary or ''}",
            lambda it: it.notes or "",
        ),
    )


def _group(raw: RawEventGroup) -> EventGroupTotals:
    return EventGroupTotals(
        title=line(raw.title) or "",
        description=text(raw.description),
        code=raw.id or None,
        deaths_affected=raw.deaths_num_affected,
        deaths_at_risk=raw.deaths_num_at_risk,
        serious_affected=raw.serious_num_affected,
        serious_at_risk=raw.serious_num_at_risk,
        other_affected=raw.other_num_affected,
        other_at_risk=raw.other_num_at_risk,
    )


def _events(raw: RawEvents, group: GroupKeys) -> Iterator[AdverseEvent]:
    for serious, listed in ((True, raw.serious_events), (False, raw.other_events)):
        for it in listed:
            yield _event(it, group, serious=serious)


def _event(raw: RawAdverseEvent, group: GroupKeys, *, serious: bool) -> AdverseEvent:
    counts: dict[str, EventCount] = {}
    for it in raw.stats:
        put(counts, group[it.group_id], EventCount(it.num_affected, it.num_at_risk, it.num_events))
    return AdverseEvent(
        serious=serious,
        system=line(raw.organ_system) or "",
        term=line(raw.term) or "",
        vocabulary=line(raw.source_vocabulary),
        assessment=line(raw.assessment_type),
        notes=text(raw.notes),
        counts=counts,
    )
