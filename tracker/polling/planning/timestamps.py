"""Data timestamps and days of data: which of two data sets is newer, and which days are impossible. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["can_be", "day_of_data", "is_ahead", "is_newer", "latest_possible"]

_SLACK = timedelta(days=2)
"""A registry's clock and time zone may be this far ahead of ours."""
_HALF_A_YEAR = timedelta(days=180)


def latest_possible(now: datetime) -> str:
    """Return the latest data timestamp that a registry can really have by now, as text."""
    return (now + _SLACK).isoformat()


def can_be(data_timestamp: str, now: datetime) -> bool:
    """Return whether data of `data_timestamp` can exist by now. A day in the future is a wrong date."""
    return data_timestamp <= latest_possible(now)


def is_ahead(known: str, data_timestamp: str, now: datetime) -> bool:
    """Return whether `known` is the timestamp of newer data than `data_timestamp`.

    A `known` in the future is not believed. Otherwise a registry that misdated its data once would not be read until
    that day.
    """
    return data_timestamp < known and can_be(known, now)


def is_newer(data_timestamp: str, known: str, now: datetime) -> bool:
    """Return whether data of `data_timestamp` may say more than those of `known`: they differ and are not older."""
    return data_timestamp != known and not is_ahead(known, data_timestamp, now)


def day_of_data(day: str, now: datetime) -> str:
    """Return `day` (an ISO day). If it is further ahead than our clock may be behind, return our own day.

    A version that took effect in the year 9999 would stay behind every later one.
    """
    return day if day <= (now + _HALF_A_YEAR).date().isoformat() else now.date().isoformat()
