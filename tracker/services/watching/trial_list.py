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
from tracker.api.notes import Note
from tracker.api.trials import Trial
from tracker.context.progress import Progress, silent
from tracker.errors import RecordError
from tracker.services.known_tags import check_tag
from tracker.services.results.portfolio import lines_of
from tracker.services.watching.notes import notes_of_trials
from tracker.services.watching.trial_shape import trial_out

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
    """Return the watched trials, with `tag` if given. Raise UsageError for a tag that nothing has."""
    with database.read() as session:
        check_tag(session, tag)
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
    found = trials.rows(session, tag, watched_only, only)
    written = notes_of_trials(session, [item.trial.trial for item in found])
    return [_row(item, now, written[item.trial.trial]) for item in found]


def _row(item: Listed, now: datetime, written: list[Note]) -> Trial:
    return trial_out(item.trial, now, effective=item.effective, active=item.active, tags=item.tags, notes=written)
