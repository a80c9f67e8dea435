"""unwatch: stop watching trials, or searching for sets of trials."""

from __future__ import annotations

from typing import Annotated

import typer

from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Format, Output, chosen, emit, note
from tracker.cli.render.tables.cohort_table import answer_of_cohorts
from tracker.cli.render.tables.trial_table import answer_of_rows
from tracker.cli.typed.arguments import TrialsOrCohort
from tracker.context.clock_of import clock_of
from tracker.context.open_store import write_store
from tracker.errors import UsageError
from tracker.services.similar.cohorts import StoppedCohorts, stop
from tracker.services.typed.trial_ids import trial_ids
from tracker.services.watching.unwatch import Unwatched, unwatch

__all__ = ["command"]


def command(
    ids: TrialsOrCohort = None,
    cohort: Annotated[
        list[str] | None,
        typer.Option("--cohort", metavar="NAME", help="Stop this saved search. Can be repeated. See: list --cohorts"),
    ] = None,
    with_trials: Annotated[
        bool, typer.Option("--with-trials", help="Also stop watching the trials that only this search found.")
    ] = False,
    output: Output = None,
) -> None:
    """Stop watching trials, or stop a saved search (a cohort). Their history stays.

    \b
    Example:  trialwatch unwatch NCT05349331
              trialwatch unwatch --cohort like:NCT05349331 --with-trials
    """
    if bool(ids) == bool(cohort) or (with_trials and not cohort):
        raise UsageError("Name trials, or sets with --cohort (and --with-trials), and not both", subject="unwatch")
    loaded = settings()
    clock = clock_of(loaded)
    wanted = trial_ids(ids or [])
    with write_store(loaded, clock) as session:
        if cohort:
            stopped = stop(session, cohort, clock.now(), with_trials=with_trials)
        else:
            unwatched = unwatch(session, wanted, clock.now())
    if cohort:
        _tell_stopped(stopped, output)
    else:
        _tell_unwatched(unwatched, output)


def _tell_stopped(found: StoppedCohorts, output: Output) -> None:
    emit(answer_of_cohorts(found.cohorts), output)
    if chosen(output) is Format.TABLE:
        note(
            f"No longer searched for; {found.unwatched:,} trials are no longer watched with it, "
            "all others of it still are."
        )


def _tell_unwatched(found: Unwatched, output: Output) -> None:
    emit(answer_of_rows(found.rows, ""), output)
    if chosen(output) is Format.TABLE:
        note("No longer watched. What is stored about them stays: trialwatch history ID")
    for trial in found.still_searched:
        note(f"Trials like it are still searched for; to stop that: trialwatch unwatch --cohort like:{trial}")
    for trial in found.missing:
        note(f"{trial} is not watched. See what is: trialwatch list")
    if found.missing:
        raise typer.Exit(3)
