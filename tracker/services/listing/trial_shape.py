"""One trial in the shape of a list, from a row of the store or from what a list reads of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from tracker.api.notes import Note
from tracker.api.trials import Enrollment, NextLook, Trial
from tracker.recording.instants import instant_out
from tracker.records.one_line import one_line

__all__ = ["ListedRow", "trial_out"]


_PLANNED_BEFORE = "it was planned before an update of Trialwatch"
"""Reason of a check that was planned when plans had no reason. The next poll gives it one."""


class ListedRow(Protocol):
    """What a list shows of a trial."""

    @property
    def trial(self) -> str: ...
    @property
    def current_version(self) -> int | None: ...
    @property
    def last_checked_at(self) -> datetime | None: ...
    @property
    def next_check_at(self) -> datetime | None: ...
    @property
    def next_check_reason(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def results(self) -> str | None: ...
    @property
    def gone_since(self) -> datetime | None: ...
    @property
    def title(self) -> str: ...
    @property
    def enrollment_count(self) -> int | None: ...
    @property
    def enrollment_type(self) -> str: ...


def trial_out(trial: ListedRow, *, active: bool, tags: Iterable[str], notes: Sequence[Note]) -> Trial:
    """Return one trial in the shape of a list."""
    at = instant_out(trial.next_check_at) if active else None
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
        next_look=NextLook(at=at, reason=trial.next_check_reason or _PLANNED_BEFORE) if at else None,
        notes=list(notes),
    )
