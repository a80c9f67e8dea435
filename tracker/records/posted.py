"""Posted results in numbers. Part of the record of a trial (`tracker.records.trial`)."""

from __future__ import annotations

import msgspec

__all__ = ["EventGroup", "ResultsSummary"]


class EventGroup(msgspec.Struct, frozen=True):
    """Adverse events in one group of participants: so many affected of so many at risk, as reported."""

    title: str | None = None
    serious_affected: int | None = None
    serious_at_risk: int | None = None
    other_affected: int | None = None
    other_at_risk: int | None = None
    deaths_affected: int | None = None
    deaths_at_risk: int | None = None


class ResultsSummary(msgspec.Struct, frozen=True):
    """Posted results in numbers; `modules` has a digest of each part, so that an edit inside one can be told.

    Every number is one that was reported: groups overlap, so that their sum counts participants twice. `participants`
    are those who started, None where nothing but a sum says how many. Of adverse events the three totals are None
    unless there is one group; `event_groups` has the groups, by title.
    """

    primary_measures: int = 0
    secondary_measures: int = 0
    other_measures: int = 0
    participants: int | None = None
    serious_events_affected: int | None = None
    other_events_affected: int | None = None
    deaths_affected: int | None = None
    event_groups: tuple[EventGroup, ...] = ()
    modules: dict[str, str] = {}
