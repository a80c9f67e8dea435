"""The list of trials by what only their versions tell: days overdue, slips, last changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from storage.engine.database import Database
from tracker.api.trials import Trial
from tracker.context.progress import Progress
from tracker.errors import RecordError
from tracker.services.known_tags import check_tag
from tracker.services.results.portfolio import lines_of
from tracker.services.watching.list_order import SortBy

__all__ = ["by_versions", "check_tag_in"]


def check_tag_in(database: Database, tag: str | None) -> None:
    """Raise UsageError for a tag that nothing has, as `check_tag` does."""
    with database.read() as session:
        check_tag(session, tag)


def by_versions(
    database: Database, rows: Sequence[Trial], sort: SortBy, now: datetime, progress: Progress
) -> tuple[Sequence[Trial], Sequence[RecordError]]:
    """Return the rows with that value, largest first, those without it last; and the versions that were left out."""
    left_out: list[RecordError] = []
    lines = lines_of(database, [row.trial for row in rows], now.date(), progress, left_out)
    found = [msgspec.structs.replace(row, **lines[row.trial].document()) for row in rows]
    valued = sorted((row for row in found if getattr(row, sort) is not None), key=lambda row: row.trial)
    valued.sort(key=lambda row: getattr(row, sort), reverse=True)
    return [*valued, *(row for row in found if getattr(row, sort) is None)], left_out
