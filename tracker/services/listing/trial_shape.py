"""One trial in the shape of a list, from a row of the store or from what a list reads of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from tracker.api.notes import Note
from tracker.api.trials import Enrollment, NextLook, Trial
from tracker.polling.planning.planned_check import CheckedTrial, planned_check
from tracker.recording.instants import instant_out
from tracker.records.one_line import one_line

__all__ = ["ListedRow", "trial_out"]


class ListedRow(CheckedTrial, Protocol):
    """What a list shows of a trial."""

    @property
    def gone_since(self) -> datetime | None: ...
    @property
    def title(self) -> str: ...
    @property
    def enrollment_count(self) -> int | None: ...
    @property
    def enrollment_type(self) -> str: ...


def trial_out(
    trial: ListedRow, now: datetime, *, effective: str, active: bool, tags: Iterable[str], notes: Sequence[Note]
) -> Trial:
    """Return one trial in the shape of a list. `effective`: the day its current version took effect, "" for none."""
    check = planned_check(trial, effective, now)
    return Trial(
        trial=trial.trial,
        title=one_line(trial.title) or None,
        status=trial.status or None,
        enrollment=Enrollment(count=trial.enrollment_count, type=trial.enrollment_type or None),
        results=trial.results,
        version=trial.current_version,
        last_checked=instant_out(trial.last_checked_at),
        tags=list(tags),
        gone_since=instant_out(trial.gone_since),
        next_look=NextLook(at=instant_out(check.at), reason=check.reason) if check and active else None,
        notes=list(notes),
    )
