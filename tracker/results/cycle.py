"""The cycle of pending results: submitted, returned by quality control, cancelled by the sponsor, posted. Pure.

The registry shows submission rounds only while results are pending, and erases all of them when it posts the results.
So the steps are collected over all stored versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from storage.values.states import ResultsState
from tracker.records.trial import Results, Submission, TrialRecord
from tracker.results.merge_cycles import CycleStep, corrected, corrections, merged

__all__ = [
    "CycleStep",
    "CycleTurn",
    "CycleView",
    "corrected_days",
    "merged_cycle",
    "merged_steps",
    "ordered",
    "state_of",
    "steps",
    "turn_of",
    "view",
]


class CycleView(NamedTuple):
    """What one version shows of the cycle: its state, and all steps it shows."""

    state: ResultsState | None
    steps: list[CycleStep]
    #: Whether it lists rounds, which posted results rarely do.
    rounds: bool


class CycleTurn(NamedTuple):
    """The cycle from one version to the next, computed once for a decision."""

    before: CycleView
    after: CycleView
    #: Steps reported so far, over all versions up to `before`.
    known: list[CycleStep]


def ordered(submissions: Iterable[Submission]) -> tuple[Submission, ...]:
    """Sort submission rounds by date.

    Rounds submitted on one day are sorted by their end: ended on that day (a return before a cancellation), ended on
    an unknown day, ended later, still open.
    """

    def place(round_: Submission) -> tuple[str, int, str, bool, bytes]:
        end = round_.returned or round_.cancelled or ""
        return (round_.submitted or "", _turn(round_, end), end, round_.returned is None, msgspec.json.encode(round_))

    return tuple(sorted(submissions, key=place))


def _turn(round_: Submission, end: str) -> int:
    """Return the turn of a round among rounds of one day. A round must end before the next can be submitted."""
    if round_.open:
        return 3
    if not end:
        return 1
    return 0 if end <= (round_.submitted or "") else 2


def state_of(submissions: Sequence[Submission], *, posted: bool) -> ResultsState:
    """Return the results state for rounds in the order of their dates."""
    if posted:
        return ResultsState.POSTED
    if not submissions:
        return ResultsState.NONE
    last = submissions[-1]
    if last.open:
        return ResultsState.SUBMITTED
    return ResultsState.RETURNED if last.returned is not None else ResultsState.CANCELLED


def _steps_of(round_: Submission) -> list[CycleStep]:
    found = [CycleStep(ResultsState.SUBMITTED, round_.submitted)]
    if round_.returned is not None:
        found.append(CycleStep(ResultsState.RETURNED, round_.returned))
    if round_.cancelled is not None or round_.cancelled_unknown:
        found.append(CycleStep(ResultsState.CANCELLED, round_.cancelled))
    return found


def steps(results: Results) -> list[CycleStep]:
    """Return every step that one version shows, in order. After posting: the first submission and the posting."""
    found = [step for round_ in results.submissions for step in _steps_of(round_)]
    if results.state == ResultsState.POSTED:
        if not found and results.first_submitted:
            found.append(CycleStep(ResultsState.SUBMITTED, results.first_submitted))
        found.append(CycleStep(ResultsState.POSTED, results.first_posted.date if results.first_posted else None))
    return found


def view(results: Results) -> CycleView:
    """Return what one version says about the cycle."""
    return CycleView(results.state, steps(results), bool(results.submissions))


def turn_of(before: Results, after: Results, known: list[CycleStep] | None = None) -> CycleTurn:
    """Return the turn from one version to the next. If `told` is None, use the steps of `before`."""
    old = view(before)
    return CycleTurn(old, view(after), old.steps if known is None else known)


def corrected_days(before: CycleView, after: CycleView) -> list[tuple[CycleStep, CycleStep]]:
    """Return steps for which `after` gives another day than `before`, as (old, new).

    Posting erases the rounds, so a step that is missing then was not corrected. If both are posted, the posting is one,
    on whatever day, and the other steps are compared if both list rounds, or neither does.
    """
    posted = [view.state == ResultsState.POSTED for view in (before, after)]
    if not any(posted):
        return corrections(before.steps, after.steps)
    if not all(posted):
        return []
    (*earlier, was), (*later, now) = before.steps, after.steps
    found = corrections(earlier, later) if before.rounds == after.rounds else []
    return [*found, (was, now)] if was.date and now.date and was != now else found


def merged_steps(versions: Iterable[TrialRecord]) -> list[CycleStep]:
    """Return the whole cycle over versions in timeline order. Steps seen while pending are kept after posting."""
    return merged_cycle(record.results for record in versions)


def merged_cycle(versions: Iterable[Results]) -> list[CycleStep]:
    """Return what `merged_steps` returns, from the results of the versions."""
    known: list[CycleStep] = []
    before: CycleView | None = None
    for results in versions:
        after = view(results)
        if before is not None:
            # Corrections first: a step with a corrected day would otherwise be added as a second one.
            known = corrected(known, corrected_days(before, after))
        known = merged(known, after.steps).steps
        before = after
    return known
