"""What happened to one of the trial's own dates: moved, set, removed, or only said more precisely. Pure."""

from __future__ import annotations

from tracker.changes.words import count_of, days_between, shortened
from tracker.records.dates import RegistryDate

__all__ = ["MAJOR_SLIP_DAYS", "apart", "moved"]

MAJOR_SLIP_DAYS = 90
"""A date moved by this many days, either way, is major."""
_RANK = {"year": 0, "month": 1, "day": 2}


def apart(old: RegistryDate, new: RegistryDate) -> bool:
    """Whether the two cannot be one day: not only said more, or less, precisely."""
    if old.first is None or old.last is None or new.first is None or new.last is None:
        return False
    return new.last < old.first or old.last < new.first


def moved(label: str, old: RegistryDate | None, new: RegistryDate | None) -> tuple[str, str]:
    """Severity and summary of the change of one date; `label` begins the sentence."""
    if new is None:
        return "minor", f"{label} removed (was {_said(old)})"
    actual = " (actual)" if new.type == "ACTUAL" and (old is None or old.type != "ACTUAL") else ""
    if old is None:
        return "minor", f"{label} set to {_said(new)}{actual}"
    if old.date == new.date:
        return "minor", f"{label} {_same_day(old, new, actual)}"
    if _only_precision(old, new):
        how = "more" if _RANK[new.precision] > _RANK[old.precision] else "less"
        return "minor" if actual else "admin", f"{label} given {how} precisely: {new.date}{actual} (was {old.date})"
    slip = days_between(old, new)
    if slip is None:
        return "minor", f"{label} changed from {_said(old)} to {_said(new)}{actual}"
    severity = "major" if abs(slip) >= MAJOR_SLIP_DAYS else "minor"
    if slip < 0:
        return severity, f"{label} moved {count_of(-slip, 'day')} earlier to {new.date}{actual}"
    return severity, f"{label} slipped {count_of(slip, 'day')} to {new.date}{actual}"


def _said(date: RegistryDate | None) -> str:
    return shortened(date.date, 40) if date else "none"


def _same_day(old: RegistryDate, new: RegistryDate, actual: str) -> str:
    """The day stands; what it is called changed."""
    if actual:
        return f"confirmed: {_said(new)}{actual}"
    now = new.type.lower() if new.type else "no longer typed"
    was = f", was {old.type.lower()}" if old.type else ""
    return f"kept: {_said(new)} ({shortened(now + was)})"


def _only_precision(old: RegistryDate, new: RegistryDate) -> bool:
    """Whether one date lies within what the other can mean, and only says it more, or less, precisely."""
    if old.precision == new.precision or "odd" in (old.precision, new.precision):
        return False
    fine, coarse = (new, old) if _RANK[new.precision] > _RANK[old.precision] else (old, new)
    day, start, end = fine.first, coarse.first, coarse.last
    return day is not None and start is not None and end is not None and start <= day <= end
