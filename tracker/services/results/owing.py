"""Who owes results: one row for each trial and rule whose due day has passed while nothing stands submitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from storage.reads.row_reader import RowSource
from storage.reads.trials.standings import read_so_far
from tracker.api.results import Owed
from tracker.changes.wording.nearest import did_you_mean
from tracker.context.progress import Progress
from tracker.errors import RecordError, UsageError
from tracker.results.scorecard import NO_SPONSOR, owed, perhaps_owed
from tracker.services.known_by_door import known_ids
from tracker.services.results.kept.kept_statuses import statuses_of
from tracker.services.tag_by_door import OpenStore, refuse_unknown_tag
from tracker.services.titles import titles_of

__all__ = ["FoundOwing", "OwingRequest", "OwingSort", "owing"]


class OwingSort(StrEnum):
    """The order of the rows."""

    LATE = "late"
    DUE = "due"
    TRIAL = "trial"


_KEYS: Mapping[OwingSort, Callable[[Owed], Any]] = {
    OwingSort.LATE: lambda it: (-(it.days_late or 0), it.due, it.trial, it.rule),
    OwingSort.DUE: lambda it: (it.due, it.trial, it.rule),
    OwingSort.TRIAL: lambda it: (it.trial, it.due, it.rule),
}


@dataclass(frozen=True, slots=True)
class OwingRequest:
    """Which results to look at."""

    #: Only these. None for all that are watched.
    trials: Sequence[str] | None = None
    tag: str | None = None
    rule: str | None = None
    #: A part of the sponsor's name, in any case.
    sponsor: str | None = None
    sort: OwingSort = OwingSort.LATE
    #: At most so many rows.
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class FoundOwing:
    """What is owed."""

    rows: Sequence[Owed]
    #: Rows beyond the limit.
    more: int
    #: Trials that were looked at.
    looked_at: int
    #: Trials that may owe results: a rule applies to them only perhaps.
    perhaps: int
    unknown: Sequence[str]
    left_out: Sequence[RecordError]


def owing(source: RowSource, store: OpenStore, request: OwingRequest, today: date, progress: Progress) -> FoundOwing:
    """Return what is owed. Raise UsageError for a tag or a sponsor that no trial has."""
    known: Sequence[str]
    unknown: Sequence[str] = []
    if request.trials:
        known, unknown = known_ids(source, request.trials)
    else:
        refuse_unknown_tag(source, store, request.tag)
        query, named = read_so_far(request.tag)
        with source.read() as reader:
            known = [row.trial for row in reader.rows(query, **named)]
    left_out: list[RecordError] = []
    statuses = statuses_of(source, store, known, progress, left_out)
    with source.read() as reader:
        titles = titles_of(reader, statuses)
    if request.sponsor is not None:
        statuses = _of_sponsor(statuses, request.sponsor)
    rows, perhaps = [], 0
    for trial, status in statuses.items():
        found = [it for it in owed(status, today) if request.rule in (None, it[0].rule)]
        rows += [
            Owed(
                trial=trial,
                title=titles.get(trial),
                sponsor=status.sponsor,
                rule=duty.rule,
                due=str(duty.due),
                days_late=days,
                state=status.state,
            )
            for duty, days in found
        ]
        perhaps += not found and any(request.rule in (None, it.rule) for it in perhaps_owed(status, today))
    rows.sort(key=_KEYS[request.sort])
    shown = rows if request.limit is None else rows[: request.limit]
    return FoundOwing(shown, len(rows) - len(shown), len(statuses), perhaps, unknown, left_out)


def _of_sponsor(statuses: Mapping[str, Any], wanted: str) -> dict[str, Any]:
    """Return the trials whose sponsor's name contains a text. Raise UsageError, with a name like it, for none."""
    part = wanted.strip().casefold()
    found = {trial: it for trial, it in statuses.items() if part in (it.sponsor or NO_SPONSOR).casefold()}
    if not found and statuses:
        near = did_you_mean(wanted, {it.sponsor or NO_SPONSOR for it in statuses.values()})
        raise UsageError(
            f"None of these trials has the sponsor {wanted[:60]!r}.{near} See all: trialwatch results --by sponsor",
            subject="--sponsor",
        )
    return found
