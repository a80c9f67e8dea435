"""The cycle of pending results: submitted, returned by quality control, cancelled by the sponsor, posted.

The registry shows an open round only while it is open, and erases the whole history of rounds on posting; so the steps
seen while pending have to be kept by whoever watches (the store keeps every version). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from tracker.records.trial import Results, Submission, TrialRecord
from tracker.results.merge_cycles import CycleStep, corrected, corrections, merged

__all__ = [
    "STATES",
    "CycleStep",
    "CycleTurn",
    "CycleView",
    "corrected_days",
    "merged_steps",
    "ordered",
    "state_of",
    "steps",
    "turn_of",
    "view",
]


class CycleView(NamedTuple):
    """What one version tells of the cycle: its state, and every step it knows of."""

    state: str | None
    steps: list[CycleStep]


class CycleTurn(NamedTuple):
    """The cycle from one version to the next, worked out once for a decision.

    `told`: the steps told so far, by all versions up to `before`.
    """

    before: CycleView
    after: CycleView
    told: list[CycleStep]


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


def view(results: Results) -> CycleView:
    """What one version tells of the cycle."""
    return CycleView(results.state, steps(results))


def turn_of(before: Results, after: Results, told: list[CycleStep] | None = None) -> CycleTurn:
    """The turn from one version to the next. `told` None: nothing was told but what `before` tells."""
    old = view(before)
    return CycleTurn(old, view(after), old.steps if told is None else told)


def corrected_days(before: CycleView, after: CycleView) -> list[tuple[CycleStep, CycleStep]]:
    """Steps of which `after` only gives another day than `before`; none once results are posted.

    A posting erases the rounds, so that what is missing then was not corrected.
    """
    return [] if "posted" in (before.state, after.state) else corrections(before.steps, after.steps)


def merged_steps(versions: Iterable[TrialRecord]) -> list[CycleStep]:
    """The whole cycle over versions in timeline order: what was seen while pending is kept after posting."""
    told: list[CycleStep] = []
    before: CycleView | None = None
    for record in versions:
        after = view(record.results)
        if before is not None:
            told = corrected(told, corrected_days(before, after))
        told = merged(told, after.steps).steps
        before = after
    return told
