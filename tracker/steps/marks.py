"""Marks of a registry's data, compared: which of two data sets is the newer. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["is_ahead"]

_SLACK = timedelta(days=2)
"""So far may a registry's clock and time zone be ahead of ours."""


def is_ahead(mark: str, stamp: str, now: datetime) -> bool:
    """Whether what bears `mark` was read from newer data than those of `stamp`.

    A mark of a day to come is not believed: a registry that misdated its data once would not be read until that day.
    """
    return stamp < mark <= (now + _SLACK).isoformat()
