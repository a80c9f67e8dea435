"""The list of trials by what only their versions tell: days overdue, slips, last changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from storage.engine.database import Database
from tracker.api.trials import Trial
from tracker.context.progress import Progress
from tracker.errors import RecordError
from tracker.services.listing.list_order import SortBy
from tracker.services.results.portfolio import lines_of

__all__ = ["by_versions"]


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
