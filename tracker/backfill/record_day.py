"""Which day's data an imported record shows. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from tracker.errors import Unplaceable
from tracker.registries.registry import Reading

__all__ = ["RecordDay", "record_day"]

_DATA_LAG = timedelta(days=4)
"""How old a registry's current data may be: after a holiday on Monday, Friday's data are there until Tuesday.

A record without a day counts as of so long ago. With a later day, it would stay behind what the next poll sees.
"""
_CLOCK_LAG = timedelta(days=1)
"""How far a registry's data may be ahead of our clock. A record of a later day would stay behind every poll."""


class RecordDay(NamedTuple):
    """An ISO day. `is_guess`: the record and its file say none."""

    day: str
    is_guess: bool


def record_day(reading: Reading, file_day: str, now: datetime) -> RecordDay:
    """Return the day of a record. `file_day` is what its file says beside it. Raise Unplaceable if it is to come."""
    said = reading.data_day or file_day or reading.posted or reading.submitted
    if said > (now + _CLOCK_LAG).date().isoformat():
        raise Unplaceable(
            f"its data are of {said[:10]}, which is to come: it is {now.date()} here; "
            "check this machine's clock, or fetch the record again"
        )
    return RecordDay(said or (now - _DATA_LAG).date().isoformat(), is_guess=not said)
