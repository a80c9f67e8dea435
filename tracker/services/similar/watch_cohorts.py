"""Create cohorts, search for them, and poll the new trials in them for the first time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storage.watching import watches
from tracker.backfill.backfill import PastReport
from tracker.context.context import Context
from tracker.context.progress import Progress
from tracker.polling.poll_all import poll_all
from tracker.polling.run.report import PollReport
from tracker.services.past import PastPlan, fetch_past, fetch_rest
from tracker.similar.cohorts.cohort_definition import Definition
from tracker.similar.cohorts.cohort_update import Kept, define, keep

__all__ = ["FirstPoll", "fill", "first_poll"]


@dataclass(frozen=True, slots=True)
class FirstPoll:
    """The first poll of trials that were never read. `past` is what was fetched of their past, if that was wanted."""

    trials: Sequence[str]
    report: PollReport
    past: PastReport | None


def fill(context: Context, wanted: Iterable[Definition], progress: Progress) -> list[Kept]:
    """Create these cohorts and search for each."""
    return [keep(context, define(context, cohort), progress=progress) for cohort in wanted]


def first_poll(context: Context, trials: Iterable[str], plan: PastPlan | None, progress: Progress) -> FirstPoll | None:
    """Poll those of these trials that were never read. With a `plan`, fetch their past first."""
    with context.database.read() as session:
        names = watches.watched_of(session, trials)
        new = sorted(names - watches.known(session, names))
    if not new:
        return None
    past = fetch_past(context, new, plan, progress) if plan is not None else None
    report = poll_all(context, new, progress=progress)
    if past is not None:
        fetch_rest(past, new)
    return FirstPoll(new, report, past.report if past is not None else None)
