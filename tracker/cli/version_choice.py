"""Dates and version numbers that a person typed."""

from __future__ import annotations

from datetime import datetime

from tracker.backfill.choose_version import When
from tracker.cli.arguments import moment

__all__ = ["typed_moment"]


def typed_moment(text: str, now: datetime) -> When:
    """Return the day or instant whose version is meant. Raise UsageError."""
    found = moment(text, now)
    if found.day is not None:
        return When(found.day)
    assert found.instant is not None
    return When(found.instant.date().isoformat(), found.instant)
