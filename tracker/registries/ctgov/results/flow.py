"""Read the participant flow of a results section. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.records.results.reported import Flow, FlowCount, LeavingReason, Milestone, Period
from tracker.records.results.reported_keys import by_key, put
from tracker.registries.ctgov.results.raw import RawFlow, RawFlowCount, RawPeriod
from tracker.registries.ctgov.results.texts import GroupKeys, grouped, line, text

__all__ = ["flow"]


def flow(raw: RawFlow) -> Flow:
    """Return the participant flow."""
    groups, group = grouped(raw.groups)
    return Flow(
        recruitment=text(raw.recruitment_details),
        before_assignment=text(raw.pre_assignment_details),
        units=line(raw.type_units_analyzed),
        groups=groups,
        periods=by_key([_period(it, group) for it in raw.periods], lambda it: it.title),
    )


def _period(raw: RawPeriod, group: GroupKeys) -> Period:
    milestones = [
        Milestone(line(it.type) or "", text(it.comment), _counts(it.achievements, group)) for it in raw.milestones
    ]
    # The registry may give the same reason twice in one period. They are numbered then.
    reasons = [
        LeavingReason(line(it.type) or "", text(it.comment), _counts(it.reasons, group)) for it in raw.drop_withdraws
    ]
    return Period(
        title=line(raw.title) or "",
        milestones=by_key(milestones, lambda it: it.type),
        reasons=by_key(reasons, lambda it: it.type),
    )


def _counts(raw: Sequence[RawFlowCount], group: GroupKeys) -> dict[str, FlowCount]:
    counts: dict[str, FlowCount] = {}
    for it in raw:
        put(counts, group[it.group_id], FlowCount(line(it.num_subjects), line(it.num_units), text(it.comment)))
    return counts
