"""Fetching the past on the command line: an estimate before, progress meanwhile, a sentence on what is missing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from tracker.cli.output import note

if TYPE_CHECKING:
    from tracker.backfill.backfill import Backfill, PastReport
    from tracker.context.context import Context

__all__ = ["fetch_past", "fetch_rest", "tell_past"]

BACKFILL_GUIDE = "docs/how-to/backfill.md"
WORTH_SAYING_SECONDS = 120
SOME = 5


def fetch_past(context: Context, names: Sequence[str], pace: float, watched: Collection[str] | None = None) -> Backfill:
    """Fetch what is missing of the past of these trials. Ctrl-C ends it, not the command.

    `pace`: requests a second. `watched`: those that will be looked at next (default: all); that look brings their
    newest version.
    """
    from tracker.backfill.backfill import Backfill
    from tracker.cli.terminal import progress

    _say_how_long(len(names), pace)
    with progress() as tell:
        work = Backfill(context, progress=tell)
        try:
            work.before_first_look([trial for trial in names if watched is None or trial in watched])
            if watched is not None:
                work.whole([trial for trial in names if trial not in watched])
        except KeyboardInterrupt:
            work.report.stopped = "it was interrupted"
    return work


def fetch_rest(work: Backfill, names: Sequence[str]) -> None:
    """After the first look: note which version of the history it was, and fetch what is missing still."""
    try:
        work.after_look(names)
    except KeyboardInterrupt:
        work.report.stopped = "it was interrupted"


def _say_how_long(trials: int, pace: float) -> None:
    from tracker.backfill.backfill import USUAL_VERSIONS

    requests = trials * (USUAL_VERSIONS + 1)
    if requests / pace >= WORTH_SAYING_SECONDS:
        note(
            f"The past of {trials:,} trials comes first: about {requests:,} requests, {_span(requests / pace)}. "
            "Ctrl-C stops that and loses nothing; --no-backfill leaves it out."
        )


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes:,} minutes" if minutes < 120 else f"{round(minutes / 60):,} hours"


def tell_past(report: PastReport, known: Collection[str], asked: Sequence[str], *, table: bool) -> None:
    """Say what of the past could not be had and how to go on; and, to a person, what was."""
    if report.refused and report.left:
        note(
            f"The past of {_named(report.left)} is not here: {report.stopped}. The watch itself works. Versions "
            f"fetched another way can be brought in with: trialwatch import FOLDER (see {BACKFILL_GUIDE})"
        )
        return
    failed = [(trial, reason) for trial, reason in report.failed.items() if trial in known]
    for trial, reason in failed[:SOME]:
        note(f"The past of {trial} could not be had: {reason}. Try again later: trialwatch watch {trial}")
    left = [trial for trial in report.left if trial not in report.failed]
    if report.stopped and left:
        again = " ".join(asked[:SOME]) + (" ..." if len(asked) > SOME else "")
        note(
            f"The past of {_named(left)} is not here yet, because {report.stopped}. "
            f"What has come is kept; go on with: trialwatch watch {again}"
        )
    elif len(failed) > SOME:
        note(f"And {len(failed) - SOME:,} more.")
    if report.stored and table:
        note(f"{report.stored:,} versions of the past stored: trialwatch history {next(iter(asked))}")


def _named(trials: Sequence[str]) -> str:
    return trials[0] if len(trials) == 1 else f"{len(trials):,} trials"
