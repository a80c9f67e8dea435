"""Fetch the past of trials around their first look: what lies before it, then what is still missing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from tracker.backfill.backfill import USUAL_VERSIONS, Backfill
from tracker.context.context import Context
from tracker.context.progress import Progress

__all__ = ["PastEstimate", "PastPlan", "fetch_past", "fetch_rest"]

_INTERRUPTED = "it was interrupted"


@dataclass(frozen=True, slots=True)
class PastEstimate:
    """What fetching the past of so many trials will probably cost."""

    trials: int
    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PastPlan:
    """That the past is wanted. `announce`: is told of the estimate before the first request."""

    requests_per_second: float
    announce: Callable[[PastEstimate], None]

    def estimate(self, trials: int) -> PastEstimate:
        requests = trials * (USUAL_VERSIONS + 1)
        return PastEstimate(trials, requests, requests / self.requests_per_second)


def fetch_past(
    context: Context,
    names: Sequence[str],
    plan: PastPlan,
    progress: Progress,
    watched: Collection[str] | None = None,
) -> Backfill:
    """Fetch what is missing of the past of these trials. Ctrl-C ends it, not the command.

    `watched`: those that will be looked at next (default: all); that look brings their newest version.
    """
    plan.announce(plan.estimate(len(names)))
    work = Backfill(context, progress=progress)
    try:
        work.before_first_look([trial for trial in names if watched is None or trial in watched])
        if watched is not None:
            work.whole([trial for trial in names if trial not in watched])
    except KeyboardInterrupt:
        work.report.stopped = _INTERRUPTED
    return work


def fetch_rest(work: Backfill, names: Sequence[str]) -> None:
    """After the first look: note which version of the history it was, and fetch what is missing still."""
    try:
        work.after_look(names)
    except KeyboardInterrupt:
        work.report.stopped = _INTERRUPTED
