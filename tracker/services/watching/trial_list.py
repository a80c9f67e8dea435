"""The watched trials as a list: its rows and their order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec
from sqlmodel import Session

from storage.engine.database import Database
from storage.versions import trials
from storage.versions.trials import Listed
from tracker.api.trials import Enrollment, NextLook, Trial
from tracker.context.progress import Progress, silent
from tracker.errors import RecordError
from tracker.polling.schedule import planned_check
from tracker.recording.row_mapping import instant_out
from tracker.records.text import one_line
from tracker.services.results.portfolio import lines_of

__all__ = ["ListedTrials", "SortBy", "list_trials", "trial_rows"]


class SortBy(StrEnum):
    TRIAL = "trial"
    STATUS = "status"
    TITLE = "title"
    CHECKED = "checked"
    OVERDUE = "overdue"
    SLIP = "slip"
    CHANGED = "changed"

    @property
    def needs_versions(self) -> bool:
        """Whether only the versions of each trial show it. The largest value comes first then."""
        return self in (SortBy.OVERDUE, SortBy.SLIP, SortBy.CHANGED)


@dataclass(frozen=True, slots=True)
class ListedTrials:
    """The rows in order. If sorted by a value from the versions, the rows show that value too.

    `left_out` holds versions that could not be read.
    """

    rows: Sequence[Trial]
    left_out: Sequence[RecordError] = ()


def list_trials(
    database: Database, now: datetime, tag: str | None, sort: SortBy, progress: Progress = silent
) -> ListedTrials:
    """Return the watched trials, with `tag` if given."""
    with database.read() as session:
        rows = trial_rows(session, now, tag=tag)
    if sort.needs_versions:
        return _by_versions(database, rows, sort, now, progress)
    key = {SortBy.CHECKED: "last_checked"}.get(sort, sort.value)
    return ListedTrials(sorted(rows, key=lambda row: (getattr(row, key) or "", row.trial)))


def _by_versions(
    database: Database, rows: list[Trial], sort: SortBy, now: datetime, progress: Progress
) -> ListedTrials:
    """Sort the rows, largest value first, and rows without a value last."""
    left_out: list[RecordError] = []
    lines = lines_of(database, [row.trial for row in rows], now.date(), progress, left_out)
    found = [msgspec.structs.replace(row, **lines[row.trial].document()) for row in rows]
    valued = sorted((row for row in found if getattr(row, sort) is not None), key=lambda row: row.trial)
    valued.sort(key=lambda row: getattr(row, sort), reverse=True)
    return ListedTrials([*valued, *(row for row in found if getattr(row, sort) is None)], left_out)


def trial_rows(
    session: Session,
    now: datetime,
    only: Collection[str] | None = None,
    *,
    tag: str | None = None,
    watched_only: bool = True,
) -> list[Trial]:
    """Return the rows by id: of `only` these trials (None: all), with `tag`, watched or not."""
    found = [item for item in trials.rows(session, tag, watched_only) if only is None or item.trial.trial in only]
    return [_row(item, now) for item in found]


def _row(item: Listed, now: datetime) -> Trial:
    trial = item.trial
    check = planned_check(trial, item.effective, now)
    return Trial(
        trial=trial.trial,
        title=one_line(trial.title) or None,
        status=trial.status or None,
        enrollment=Enrollment(count=trial.enrollment_count, type=trial.enrollment_type or None),
        results=trial.results,
        version=trial.current_version,
        last_checked=instant_out(trial.last_checked_at),
        tags=list(item.tags),
        gone_since=instant_out(trial.gone_since),
        next_look=NextLook(at=instant_out(check.at), reason=check.reason) if check and item.active else None,
    )
