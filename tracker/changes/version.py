"""A version as comparisons use it."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from tracker.records.trial import TrialRecord

__all__ = ["Version"]


class Version(NamedTuple):
    """An earlier version: the day it took effect, and its record."""

    day: dt.date
    record: TrialRecord
