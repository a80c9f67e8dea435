"""A version as a comparison needs it."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from tracker.records.trial import TrialRecord

__all__ = ["Version"]


class Version(NamedTuple):
    """An earlier version: the day it took effect, and what it said."""

    day: dt.date
    record: TrialRecord
