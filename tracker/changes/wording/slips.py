"""How far a date moved, in days. Pure."""

from __future__ import annotations

from tracker.changes.wording.words import days_between
from tracker.records.dates import RegistryDate

__all__ = ["RANK", "days_slipped", "within"]

RANK = {"year": 0, "month": 1, "day": 2}
"""How precise a date is."""


def within(old: RegistryDate, new: RegistryDate) -> bool:
    """Return whether one date lies within the other, so that only the precision changed."""
    if old.precision == new.precision or "odd" in (old.precision, new.precision):
        return False
    fine, coarse = (new, old) if RANK[new.precision] > RANK[old.precision] else (old, new)
    day, start, end = fine.first, coarse.first, coarse.last
    return day is not None and start is not None and end is not None and start <= day <= end


def days_slipped(old: RegistryDate, new: RegistryDate) -> int | None:
    """Return the days from the old date to the new one, below zero if it is earlier now.

    None if only the precision changed or the days cannot be counted. A month counts as its last day.
    """
    # "2026-05" -> "2026-05-14" is no move, though it would count as one.
    return None if within(old, new) else days_between(old, new)
