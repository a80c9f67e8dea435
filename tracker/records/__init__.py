"""TrialRecord and its parts: what a trial is, whichever registry told us. Pure values, no I/O."""

from tracker.records.dates import RegistryDate
from tracker.records.trial import TrialRecord

__all__ = ["RegistryDate", "TrialRecord"]
