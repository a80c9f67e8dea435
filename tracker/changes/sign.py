"""What a warning sign is, and when in a trial's life an edit was made. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from tracker.records.trial import TrialRecord

__all__ = ["COMPLETED", "Sign", "timing_of", "when"]

UNTIMED = "at an unknown time"
COMPLETED = frozenset({"after primary completion", "after completion", "after results were posted"})


class Sign(NamedTuple):
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


def timing_of(before: TrialRecord, day: dt.date) -> str:
    """When in the trial's life an edit of `day` was made, by the dates the record gave before it."""
    # A version of the registry's history has no results, but the day they were posted.
    if before.results.state == "posted" or before.results.first_posted is not None:
        return "after results were posted"
    passed = [
        (before.dates.completion, "after completion"),
        (before.dates.primary_completion, "after primary completion"),
        (before.dates.start, "after the start"),
    ]
    known = [(date.last, said) for date, said in passed if date and date.last]
    after = next((said for last, said in known if last < day), None)
    return after or ("before the start" if known else UNTIMED)


def when(timing: str) -> str:
    """The timing as an aside; nothing when it is unknown."""
    return "" if timing == UNTIMED else f" ({timing})"
