"""What a warning sign is, and when in a trial's life an edit was made. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import msgspec

from tracker.changes.milestones import MILESTONES, milestone, not_begun
from tracker.records.trial import TrialRecord

__all__ = ["COMPLETED", "RedFlag", "timing_of", "when"]

UNTIMED = "at an unknown time"
COMPLETED = frozenset(
    {"after primary completion", "after completion", "after termination", "after results were posted"}
)
"""What a primary outcome measures has been collected by then, so that adding or dropping one is grave."""


class RedFlag(NamedTuple):
    """`event`: the kind of event it belongs to. `timing`: as `timing_of`. `summary` stands alone.

    `evidence`: JSON values. `aside`: what it adds to the event's own summary.
    """

    kind: str
    event: str
    severity: str
    timing: str
    summary: str
    evidence: dict[str, Any]
    aside: str = ""


def timing_of(before: TrialRecord, day: dt.date, after: TrialRecord | None = None) -> str:
    """When in the trial's life an edit of `day` was made, by what the record before it says has happened.

    `after`: the edited record. What it dates as ACTUAL before `day` had happened, too: many an edit that tells of the
    completion changes an outcome as well. Its status is left out, which says what the edit did.
    """
    # A version of the registry's history has no results, but the day they were posted.
    if before.results.state == "posted" or before.results.first_posted is not None:
        return "after results were posted"
    known = [before] if after is None else [before, msgspec.structs.replace(before, dates=after.dates)]
    reached = [said for record in known if (said := milestone(record, day))]
    return max(reached, key=MILESTONES.index, default="before the start" if not_begun(before, day) else UNTIMED)


def when(timing: str) -> str:
    """The timing as an aside; nothing when it is unknown."""
    return "" if timing == UNTIMED else f" ({timing})"
