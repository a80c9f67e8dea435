"""Align participant flows: groups and periods. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import msgspec

from tracker.changes.matching.pairing import Kind, Likeness
from tracker.changes.matching.word_likeness import common_share, words_of
from tracker.changes.reported.align_groups import aligned_groups
from tracker.changes.reported.partners import Renamings, moved, partners, scaled
from tracker.records.results.reported import Flow, FlowCount, LeavingReason, Milestone, Period

__all__ = ["aligned_flow"]


@dataclass(frozen=True, slots=True)
class _Rows:
    """A period: its title, and the counts of each milestone by group."""

    title: str
    rows: Mapping[str, Mapping[str, FlowCount]]


def aligned_flow(before: Flow, after: Flow, found: Renamings) -> Flow:
    if before == after:
        return before
    columns, newer = _flow_columns(before), _flow_columns(after)
    groups = aligned_groups(before.groups, after.groups, columns, newer, ("flow", "groups"), found)
    periods = {
        key: msgspec.structs.replace(
            period,
            milestones={
                name: msgspec.structs.replace(it, counts=moved(it.counts, groups))
                for name, it in period.milestones.items()
            },
            reasons={
                name: msgspec.structs.replace(it, counts=moved(it.counts, groups))
                for name, it in period.reasons.items()
            },
        )
        for key, period in before.periods.items()
    }
    rows = [
        {key: _Rows(it.title, {name: one.counts for name, one in it.milestones.items()}) for key, it in side.items()}
        for side in (periods, after.periods)
    ]
    keys = partners(rows[0], rows[1], _PERIODS)
    for old, new in keys.items():
        found.note("period", ("flow", "periods", new), (before.periods[old].title, after.periods[new].title))
    return msgspec.structs.replace(before, groups=moved(before.groups, groups), periods=moved(periods, keys))


def _period_cells(rows: _Rows) -> Counter[Hashable]:
    return Counter(
        (name, group, count.participants) for name, counts in rows.rows.items() for group, count in counts.items()
    )


def _period_likeness(one: _Rows, two: _Rows) -> Likeness:
    mine, theirs = _period_cells(one), _period_cells(two)
    words = common_share(words_of(one.title), words_of(two.title))
    total = mine.total() + theirs.total()
    equal = 2 * sum((mine & theirs).values()) / total if total else 0.0
    return Likeness(scaled(0.4 * words + 0.6 * equal), "titles and counts")


_PERIODS: Kind[_Rows] = Kind(
    lambda it: {*words_of(it.title), *_period_cells(it)},
    _period_likeness,
    lambda it: frozenset(_period_cells(it).items()),
)


def _flow_columns(flow: Flow) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {name: [] for name in flow.groups}
    for key, period in flow.periods.items():
        for it in _counted(period):
            for group, count in it.counts.items():
                found.setdefault(group, []).append((key, it.type, count.participants))
    return found


def _counted(period: Period) -> list[Milestone | LeavingReason]:
    return [*period.milestones.values(), *period.reasons.values()]
