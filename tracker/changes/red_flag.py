"""The red flag value, and when in a trial's life an edit was made. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import msgspec

from storage.values.severity import Severity
from storage.values.states import ResultsState
from tracker.changes.milestones import MILESTONES, milestone, not_begun
from tracker.records.trial import TrialRecord

__all__ = ["COMPLETED", "Evidence", "RedFlag", "timing_of", "when"]

UNTIMED = "at an unknown time"
COMPLETED = frozenset(
    {"after primary completion", "after completion", "after termination", "after results were posted"}
)
"""By these times the data of a primary outcome have been collected, so adding or dropping one is serious."""

Evidence = dict[str, Any]
"""What a red flag rests on: name -> JSON value. Each kind of flag has its own names."""


class RedFlag(NamedTuple):
    """An edit that may matter more than it looks."""

    kind: str
    #: Kind of the event that the flag belongs to.
    event: str
    severity: Severity
    #: When in the trial's life the edit was made (see `timing_of`).
    timing: str
    #: A sentence that can stand alone.
    summary: str
    #: The facts behind it, as JSON values.
    evidence: Evidence
    #: The text to append to the summary of the event.
    aside: str = ""
    #: The thing that the flag is about, if several flags become one sentence.
    name: str = ""


def timing_of(before: TrialRecord, day: dt.date, after: TrialRecord | None = None) -> str:
    """Return when in the trial's life an edit on `day` was made, by what the earlier record says has happened.

    `after` is the edited record. Its ACTUAL dates before `day` count too, because an edit that reports the completion
    often changes an outcome as well. Its status does not count: it is part of the edit.
    """
    # A version from the registry's history has no results, only the day they were posted.
    if before.results.state == ResultsState.POSTED or before.results.first_posted is not None:
        return "after results were posted"
    known = [before] if after is None else [before, msgspec.structs.replace(before, dates=after.dates)]
    reached = [milestone_text for record in known if (milestone_text := milestone(record, day))]
    return max(reached, key=MILESTONES.index, default="before the start" if not_begun(before, day) else UNTIMED)


def when(timing: str) -> str:
    """Return the timing in brackets, or "" if it is unknown."""
    return "" if timing == UNTIMED else f" ({timing})"
