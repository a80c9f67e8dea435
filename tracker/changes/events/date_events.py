"""Changes of one of the trial's own dates: moved, set, removed, or only more precise. Pure."""

from __future__ import annotations

from storage.values.severity import Severity
from tracker.changes.wording.slips import RANK, days_slipped, within
from tracker.changes.wording.words import count_of, parted, shortened
from tracker.records.dates import RegistryDate

__all__ = ["MAJOR_SLIP_DAYS", "apart", "moved"]

MAJOR_SLIP_DAYS = 90
"""A date that moved by this many days, either way, is major."""


def apart(old: RegistryDate, new: RegistryDate) -> bool:
    """Return whether the two dates cannot be the same day, so that more than the precision changed."""
    if old.first is None or old.last is None or new.first is None or new.last is None:
        return False
    return new.last < old.first or old.last < new.first


def moved(label: str, old: RegistryDate | None, new: RegistryDate | None) -> tuple[Severity, str]:
    """Return severity and summary of the change of one date. `label` begins the sentence.

    A change of type comes first: an ACTUAL date that is withdrawn is no slip, however far away the new date is.
    """
    if new is None:
        return Severity.MINOR, f"{label} removed (was {_said(old)}{', actual' if _is_actual(old) else ''})"
    if old is not None and _is_actual(old) and not _is_actual(new):
        return _taken_back(label, old, new)
    actual = " (actual)" if _is_actual(new) and not _is_actual(old) else ""
    if old is None:
        return Severity.MINOR, f"{label} set to {_said(new)}{actual}"
    if old.date == new.date:
        return Severity.MINOR, f"{label} {_same_day(old, new, actual)}"
    if within(old, new):
        how = "more" if RANK[new.precision] > RANK[old.precision] else "less"
        severity = Severity.MINOR if actual else Severity.ADMIN
        return severity, f"{label} given {how} precisely: {new.date}{actual} (was {old.date})"
    slip = days_slipped(old, new)
    if slip is None:
        was, now = parted(old.date, new.date, 40)
        return Severity.MINOR, f"{label} changed from {was} to {now}{actual}"
    severity = Severity.MAJOR if abs(slip) >= MAJOR_SLIP_DAYS else Severity.MINOR
    if slip < 0:
        return severity, f"{label} moved {count_of(-slip, 'day')} earlier to {new.date}{actual}"
    return severity, f"{label} slipped {count_of(slip, 'day')} to {new.date}{actual}"


def _is_actual(date: RegistryDate | None) -> bool:
    return date is not None and date.type == "ACTUAL"


def _taken_back(label: str, old: RegistryDate, new: RegistryDate) -> tuple[Severity, str]:
    """Return the change of a date that is ACTUAL no more. The move of the date, if any, comes after it."""
    turn = f"{label} no longer the actual date: now {_said(new)} ({_typed(new)})"
    if old.date == new.date:
        return Severity.MINOR, turn
    slip = days_slipped(old, new)
    way = "" if slip is None else f", {count_of(abs(slip), 'day')} {'earlier' if slip < 0 else 'later'}"
    severity = Severity.MAJOR if abs(slip or 0) >= MAJOR_SLIP_DAYS else Severity.MINOR
    return severity, f"{turn}, was {_said(old)}{way}"


def _typed(date: RegistryDate) -> str:
    return shortened(date.type, 30).lower() if date.type else "without a type"


def _said(date: RegistryDate | None) -> str:
    return shortened(date.date, 40) if date else "none"


def _same_day(old: RegistryDate, new: RegistryDate, actual: str) -> str:
    """Return the change of a type while the day stays the same."""
    if actual:
        return f"confirmed: {_said(new)}{actual}"
    now = new.type.lower() if new.type else "no longer typed"
    was = f", was {old.type.lower()}" if old.type else ""
    return f"kept: {_said(new)} ({shortened(now + was)})"
