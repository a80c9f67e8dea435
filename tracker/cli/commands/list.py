"""list: list the watched trials, or the sets of trials."""

from __future__ import annotations

from typing import Annotated

import typer

from tracker.backfill.stored_records import titles_of
from tracker.cli.arguments import Tag
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.notes import nothing_watched, tell_left_out
from tracker.cli.render.output import Output, emit
from tracker.cli.render.progress_bar import progress
from tracker.cli.render.tables.cohort_table import answer_of_cohorts
from tracker.cli.render.tables.trial_table import answer_of_rows
from tracker.context.open_store import clock_of, open_store, read_store
from tracker.services.similar.cohorts import list_cohorts
from tracker.services.typed.choices import check_choice
from tracker.services.watching.trial_list import SortBy, list_trials

__all__ = ["command"]


def command(
    tag: Tag = None,
    cohorts: Annotated[bool, typer.Option("--cohorts", help="List the saved searches instead of trials.")] = False,
    sort: Annotated[str, typer.Option("--sort", metavar="BY", help=f"Sort by one of {', '.join(SortBy)}.")] = "trial",
    output: Output = None,
) -> None:
    """List the watched trials, or the saved searches that bring new ones (cohorts).

    Sorted by overdue, the trials whose results have been missing longest come first. Sorted by slip, those whose
    primary completion date moved furthest. Sorted by changed, those that changed last. Sorted by checked, by the last
    check.

    \b
    Example:  trialwatch list
              trialwatch list --tag hcc --sort overdue
              trialwatch list --cohorts
    """
    check_choice("--sort", sort, list(SortBy))
    loaded = settings()
    clock = clock_of(loaded)
    if cohorts:
        with read_store(loaded, clock) as session:
            found = list_cohorts(session)
            titles = titles_of(session, [it.seed for it in found if it.seed])
        emit(answer_of_cohorts(found, titles), output, pager=True)
        return
    with open_store(loaded, clock) as database, progress() as tell:
        listed = list_trials(database, clock.now(), tag, SortBy(sort), tell)
    tell_left_out(listed.left_out)
    emit(answer_of_rows(listed.rows, nothing_watched(tag), SortBy(sort)), output, pager=True)
