"""What each version said of the dates of its trial, and how far each date moved. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import NamedTuple

from tracker.api.trials import FieldHistory, FieldValue
from tracker.changes.events.date_events import apart
from tracker.changes.wording.words import days_between
from tracker.records.dates import RegistryDate, earliest
from tracker.web.plots.parts.words import day_words

__all__ = ["COMPLETION", "NAMES", "PRIMARY", "START", "SaidDates", "is_fact", "said_dates"]

START, PRIMARY, COMPLETION = "start", "primary_completion", "completion"
NAMES = {START: "start", PRIMARY: "primary completion", COMPLETION: "completion"}


class SaidDates(NamedTuple):
    """One version that gave, moved or confirmed a date."""

    day: dt.date
    said: str
    dates: Mapping[str, RegistryDate | None]
    #: The dates of the version before it that gave or moved one. None for the first.
    before: Mapping[str, RegistryDate | None] | None

    def slip(self, name: str) -> int | None:
        """Return the days by which a date moved, None if it did not. A date that only got more precise did not move."""
        old, new = (self.before or {}).get(name), self.dates[name]
        return days_between(old, new) if old and new and apart(old, new) else None

    def news(self, name: str) -> str:
        """Return what this version did to a date without moving it, in words, or ""."""
        if self.before is None:
            return ""
        old, new = self.before[name], self.dates[name]
        if new == old:
            return ""
        if new is None:
            return f"{NAMES[name]} removed"
        if old is None:
            return f"{NAMES[name]} first given"
        if is_fact(new) != is_fact(old):
            return f"{NAMES[name]} {'confirmed' if is_fact(new) else 'no longer actual'}"
        if new.date == old.date:
            return ""
        return f"{NAMES[name]} now given as {day_words(new.date)}"


def is_fact(date: RegistryDate | None) -> bool:
    """Return whether a date happened, by the record. A date without a type counts as planned."""
    return date is not None and date.type == "ACTUAL"


def said_dates(history: FieldHistory) -> list[SaidDates]:
    """Return the versions that gave, moved or confirmed one of the dates, by day.

    `history` holds ``dates.start``, ``dates.primary_completion``, ``dates.completion``, and each with ``.type``; what
    no version has may be missing.
    """
    found: list[SaidDates] = []
    for day, said, dates in sorted(_versions(history), key=lambda it: it[0]):
        before = found[-1].dates if found else None
        if dates != before and (before is not None or any(dates.values())):
            found.append(SaidDates(day, said, dates, before))
    return found


def _versions(history: FieldHistory) -> Iterator[tuple[dt.date, str, dict[str, RegistryDate | None]]]:
    series = {it.field: it.values for it in history.fields}
    names = [name for name in NAMES if f"dates.{name}" in series]
    columns = [
        column
        for name in names
        for column in (series[f"dates.{name}"], series.get(f"dates.{name}.type", list[FieldValue]()))
    ]
    for cells in zip_longest(*columns):
        first = cells[0]
        day = earliest(first.effective) if first else None
        if first is None or day is None:
            continue
        values = [cell.value if cell else None for cell in cells]
        dates: dict[str, RegistryDate | None] = dict.fromkeys(NAMES)
        for name, date, kind in zip(names, values[::2], values[1::2], strict=True):
            dates[name] = RegistryDate(str(date), str(kind) if kind else None) if date else None
        yield day, first.effective, dates
