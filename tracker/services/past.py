"""Fetch the past of trials around their first poll: the versions before it, then what is still missing."""

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
    """What it will probably cost to fetch the past of so many trials."""

    trials: int
    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PastPlan:
    """A request to fetch the past.

    `announce` gets the estimate before the first request. `interrupted` is called after Ctrl-C, before the command goes
    on without the past.
    """

    requests_per_second: float
    announce: Callable[[PastEstimate], None]
    interrupted: Callable[[], None] = lambda: None

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
    """Fetch what is missing of the past of these trials. Ctrl-C ends this step, but not the command.

    `watched` are the trials that will be polled next (default: all). That poll brings their newest version.
    """
    plan.announce(plan.estimate(len(names)))
    work = Backfill(context, progress=progress)
    try:
        work.before_first_poll([trial for trial in names if watched is None or trial in watched])
        if watched is not None:
            work.whole([trial for trial in names if trial not in watched])
    except KeyboardInterrupt:
        work.report.stopped, work.report.interrupted = _INTERRUPTED, True
        plan.interrupted()
    return work


def fetch_rest(work: Backfill, names: Sequence[str]) -> None:
    """After the first poll, note which version of the history it was, and fetch what is still missing."""
    try:
        work.after_first_poll(names)
    except KeyboardInterrupt:
        work.report.stopped, work.report.interrupted = _INTERRUPTED, True
