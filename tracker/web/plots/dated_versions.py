"""Versions by the day the record began to say what they hold. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from tracker.api.trials import VersionRow
from tracker.changes.wording.words import count_of
from tracker.records.dates import earliest

__all__ = ["DatedVersion", "dated_versions", "undated_words"]


class DatedVersion(NamedTuple):
    """A version and its first day."""

    day: dt.date
    row: VersionRow


def dated_versions(versions: Sequence[VersionRow]) -> list[DatedVersion]:
    """Return the versions with a day that can be read, by that day. Those of one day keep their order."""
    days = ((earliest(row.effective), row) for row in versions)
    return sorted((DatedVersion(day, row) for day, row in days if day), key=lambda it: it.day)


def undated_words(versions: Sequence[VersionRow]) -> str:
    """Return a sentence on the versions that are left out for want of a day, or ""."""
    left = sum(earliest(row.effective) is None for row in versions)
    return f"Left out: {count_of(left, 'version')} without a day that can be read." if left else ""
