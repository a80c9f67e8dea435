"""A record that was withheld and is made public, or the reverse: one event, not an edit of every field. Pure.

The registry shows next to nothing of a trial of a device that is not yet approved (status WITHHELD). When it publishes
the record, all fields appear at once. None of them was edited.
"""

from __future__ import annotations

from collections.abc import Sequence

from storage.values.severity import Severity
from tracker.changes.event import Event, make_event
from tracker.changes.field_change import FieldChange
from tracker.changes.wording.words import shortened, status_words
from tracker.records.trial import TrialRecord

__all__ = ["STOPPED", "turn", "turned"]

STOPPED = frozenset({"TERMINATED", "SUSPENDED", "WITHDRAWN"})
_WITHHELD = "WITHHELD"


def turned(before: TrialRecord, after: TrialRecord) -> bool:
    """Return whether the record was published or withheld between the two versions."""
    return (before.status == _WITHHELD) != (after.status == _WITHHELD)


def turn(changes: Sequence[FieldChange], before: TrialRecord, after: TrialRecord) -> Event:
    """Return one event with all fields that appeared or vanished. Results have their own events."""
    if after.status == _WITHHELD:
        summary = f"Record withheld from the public (was {status_words(before.status)})"
        return make_event("status.changed", Severity.MAJOR, summary, changes)
    summary = f"Record made public, withheld until now: {status_words(after.status)}"
    if after.status in STOPPED and after.why_stopped:
        summary += f", {shortened(after.why_stopped)}"
    severity = Severity.CRITICAL if after.status in STOPPED else Severity.MAJOR
    return make_event("status.changed", severity, summary, changes)
