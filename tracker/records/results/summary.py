"""Posted results in numbers. Part of the trial record (`tracker.records.trial`)."""

from __future__ import annotations

import msgspec

__all__ = ["EventGroup", "ResultsSummary"]


class EventGroup(msgspec.Struct, frozen=True):
    """Adverse events in one group of participants, as reported: numbers of participants affected and at risk."""

    title: str | None = None
    serious_affected: int | None = None
    serious_at_risk: int | None = None
    other_affected: int | None = None
    other_at_risk: int | None = None
    deaths_affected: int | None = None
    deaths_at_risk: int | None = None


class ResultsSummary(msgspec.Struct, frozen=True):
    """Posted results in numbers. Every number was reported as such.

    Groups overlap, so numbers are never summed: a sum would count participants twice.
    """

    primary_measures: int = 0
    secondary_measures: int = 0
    other_measures: int = 0
    #: Participants who started; None if only a sum would tell.
    participants: int | None = None
    # The three totals of adverse events are None unless there is exactly one group.
    serious_events_affected: int | None = None
    other_events_affected: int | None = None
    deaths_affected: int | None = None
    #: All groups, by title.
    event_groups: tuple[EventGroup, ...] = ()
    #: A digest of each part of the results, to detect an edit within it.
    modules: dict[str, str] = {}
