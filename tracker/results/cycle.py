"""The cycle of pending results: submitted, returned by quality control, cancelled by the sponsor, posted.

The registry shows an open round only while it is open, and erases the whole history of rounds on posting; so the steps
seen while pending have to be kept by whoever watches (the store keeps every version). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tracker.records.trial import Results, Submission, TrialRecord
from tracker.results.merge_cycles import CycleStep, corrected, corrections, merged

__all__ = ["STATES", "CycleStep", "corrected_days", "merged_steps", "new_steps", "ordered", "state_of", "steps"]

STATES = ("none", "submitted", "returned", "cancelled", "posted")


def ordered(submissions: Iterable[Submission]) -> tuple[Submission, ...]:
    """By date. Of rounds submitted on one day those come first that ended on it, a return before a cancellation; then
    one that ended on an unknown day, one that ended later, and last the one that is open."""

    def place(round_: Submission) -> tuple[str, int, str, bool, bytes]:
        end = round_.returned or round_.cancelled or ""
        return (round_.submitted or "", _turn(round_, end), end, round_.returned is None, msgspec.json.encode(round_))

    return tuple(sorted(submissions, key=place))


def _turn(round_: Submission, end: str) -> int:
    """Among rounds of one day: a round must have ended before the next can be submitted."""
    if round_.open:
        return 3
    if not end:
        return 1
    return 0 if end <= (round_.submitted or "") else 2


def state_of(submissions: Sequence[Submission], *, posted: bool) -> str:
    """The state's word for rounds in the order of their dates."""
    if posted:
        return "posted"
    if not submissions:
        return "none"
    last = submissions[-1]
    if last.open:
        return "submitted"
    return "returned" if last.returned is not None else "cancelled"


def _steps_of(round_: Submission) -> list[CycleStep]:
    found = [CycleStep("submitted", round_.submitted)]
    if round_.returned is not None:
        found.append(CycleStep("returned", round_.returned))
    if round_.cancelled is not None or round_.cancelled_unknown:
        found.append(CycleStep("cancelled", round_.cancelled))
    return found


def steps(results: Results) -> list[CycleStep]:
    """Every step this one version knows of, in order. After posting: the first submission and the posting."""
    found = [step for round_ in results.submissions for step in _steps_of(round_)]
    if results.state == "posted":
        if not found and results.first_submitted:
            found.append(CycleStep("submitted", results.first_submitted))
        found.append(CycleStep("posted", results.first_posted.date if results.first_posted else None))
    return found


def new_steps(before: Results, after: Results) -> list[CycleStep]:
    """Steps in `after` that `before` did not have, in order; one that only got its day is no new one."""
    return merged(steps(before), steps(after)).fresh


def corrected_days(before: Results, after: Results) -> list[tuple[CycleStep, CycleStep]]:
    """Steps of which `after` only gives another day than `before`; none once results are posted.

    A posting erases the rounds, so that what is missing then was not corrected.
    """
    return [] if "posted" in (before.state, after.state) else corrections(steps(before), steps(after))


def merged_steps(versions: Iterable[TrialRecord]) -> list[CycleStep]:
    """The whole cycle over versions in timeline order: what was seen while pending is kept after posting."""
    told: list[CycleStep] = []
    before: Results | None = None
    for record in versions:
        if before is not None:
            told = corrected(told, corrected_days(before, record.results))
        told = merged(told, steps(record.results)).steps
        before = record.results
    return told
