"""Notes on fetching the past: an estimate before it, and afterwards what is missing."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tracker.backfill.backfill import PastReport
from tracker.changes.wording.words import count_of
from tracker.cli.render.output import note
from tracker.cli.run_state import GO_ON, command_line
from tracker.services.past import PastEstimate, PastPlan

__all__ = ["backfill_plan", "past_plan", "tell_past"]

BACKFILL_GUIDE = "docs/how-to/backfill.md"
WORTH_SAYING_SECONDS = 120
SOME = 5


def past_plan(requests_per_second: float) -> PastPlan:
    """Return a plan to fetch the past that says how long it will take, if that is long."""
    return PastPlan(requests_per_second, _say_how_long, _say_interrupted)


def backfill_plan(requests_per_second: float) -> PastPlan:
    """Return a plan for a command that only fetches the past. It always says how long that will take."""
    return PastPlan(requests_per_second, _say_estimate)


def _say_estimate(cost: PastEstimate) -> None:
    note(
        f"To fetch: the past of {count_of(cost.trials, 'trial')}, about {cost.requests:,} requests, "
        f"{_span(cost.seconds)}. Ctrl-C stops that and loses nothing."
    )


def _say_interrupted() -> None:
    note("The past is left for later. The records of today are still read; Ctrl-C again ends that too.")


def _say_how_long(cost: PastEstimate) -> None:
    if cost.seconds >= WORTH_SAYING_SECONDS:
        note(
            f"The past of {cost.trials:,} trials comes first: about {cost.requests:,} requests, {_span(cost.seconds)}. "
            "Ctrl-C stops that and loses nothing; --no-backfill leaves it out."
        )


def _span(seconds: float) -> str:
    if seconds < WORTH_SAYING_SECONDS:
        return count_of(max(1, round(seconds)), "second")
    minutes = round(seconds / 60)
    return f"{minutes:,} minutes" if minutes < 120 else f"{round(minutes / 60):,} hours"


def tell_past(
    report: PastReport, known: Collection[str], asked: Sequence[str], *, table: bool, go_on: str = ""
) -> None:
    """Say which parts of the past could not be fetched and how to continue. For a person, also say what was fetched.

    `go_on` is the command that continues, by default `watch` with the trials of `known` that are left. After Ctrl-C it
    is kept for the end of the program, which says it.
    """
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
        GO_ON.set(go_on or command_line("watch", *([trial for trial in left if trial in known] or left)))
        end = "." if report.interrupted else f"; go on with: {GO_ON.get()}"
        note(f"The past of {_named(left)} is not here yet, because {report.stopped}. What has come is kept{end}")
    elif len(failed) > SOME:
        note(f"And {len(failed) - SOME:,} more.")
    if report.stored and table:
        note(f"{count_of(report.stored, 'version')} of the past stored: trialwatch history {next(iter(asked))}")


def _named(trials: Sequence[str]) -> str:
    return trials[0] if len(trials) == 1 else f"{len(trials):,} trials"
