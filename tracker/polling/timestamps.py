"""Marks and days of a registry's data: which of two data sets is the newer, and which day cannot be. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["can_be", "day_of_data", "is_ahead", "is_newer", "latest_possible"]

_SLACK = timedelta(days=2)
"""So far may a registry's clock and time zone be ahead of ours."""
_HALF_A_YEAR = timedelta(days=180)


def latest_possible(now: datetime) -> str:
    """The latest data timestamp that a registry can truly have by now, as text."""
    return (now + _SLACK).isoformat()


def can_be(data_timestamp: str, now: datetime) -> bool:
    """Whether data of `data_timestamp` can be there by now: one of a day to come is misdated."""
    return data_timestamp <= latest_possible(now)


def is_ahead(mark: str, data_timestamp: str, now: datetime) -> bool:
    """Whether what bears `mark` was read from newer data than those of `data_timestamp`.

    A mark of a day to come is not believed: a registry that misdated its data once would not be read until that day.
    """
    return data_timestamp < mark and can_be(mark, now)


def is_newer(data_timestamp: str, mark: str, now: datetime) -> bool:
    """Whether data of `data_timestamp` may say more than what bears `mark`: they are other data, and not older ones."""
    return data_timestamp != mark and not is_ahead(mark, data_timestamp, now)


def day_of_data(day: str, now: datetime) -> str:
    """`day`, an ISO day, unless it is farther ahead than our clock may be behind: then ours.

    What took effect in the year 9999 would stand behind all that comes after it.
    """
    return day if day <= (now + _HALF_A_YEAR).date().isoformat() else now.date().isoformat()
