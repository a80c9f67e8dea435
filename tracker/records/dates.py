"""Dates as registries give them: a day, a month, a year, or something odd. They are never corrected."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from functools import lru_cache

import msgspec

__all__ = ["RegistryDate", "earliest", "latest", "precision"]

_SHAPE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def _parts(text: str) -> tuple[int, int | None, int | None] | None:
    found = _SHAPE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    return (year, month, day) if year is not None else None


@lru_cache(maxsize=16384)  # one page or poll asks for the same few days again and again
def earliest(text: str) -> dt.date | None:
    """Return the first day that `text` can mean, or None if it is no date (``2026-02-30``)."""
    parts = _parts(text)
    if parts is None:
        return None
    year, month, day = parts
    try:
        return dt.date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None


@lru_cache(maxsize=16384)
def latest(text: str) -> dt.date | None:
    """Return the last day that `text` can mean: for a month its last day, as readers of the law do. None if no date."""
    first = earliest(text)
    if first is None:
        return None
    _, month, day = _parts(text) or (0, None, None)
    if day is not None:
        return first
    last_month = 12 if month is None else month
    return dt.date(first.year, last_month, calendar.monthrange(first.year, last_month)[1])


def precision(text: str) -> str:
    """Return ``day``, ``month``, ``year``, or ``odd`` if `text` is no date."""
    if earliest(text) is None:
        return "odd"
    return ("year", "month", "day")[text.count("-")]


class RegistryDate(msgspec.Struct, frozen=True, omit_defaults=False):
    """The text of a date exactly as the registry has it, and its type code (ACTUAL, ESTIMATED) if there is one."""

    date: str
    type: str | None = None

    @property
    def first(self) -> dt.date | None:
        return earliest(self.date)

    @property
    def last(self) -> dt.date | None:
        return latest(self.date)

    @property
    def precision(self) -> str:
        return precision(self.date)
