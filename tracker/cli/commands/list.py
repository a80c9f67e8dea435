"""list: list the watched trials, or the sets of trials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.common_notes import nothing_watched, tell_left_out
from tracker.cli.render.output import Output, emit
from tracker.cli.render.progress_bar import progress
from tracker.cli.render.tables.trial_table import answer_of_rows
from tracker.cli.typed.arguments import Tag
from tracker.cli.typed.given_options import not_with
from tracker.context.clock_of import clock_of
from tracker.context.open_door import open_door, opened
from tracker.services.listing.list_order import SortBy
from tracker.services.listing.list_trials import list_trials
from tracker.services.typed.choices import check_choice

if TYPE_CHECKING:
    pass

__all__ = ["command"]


def command(
    tag: Tag = None,
    cohorts: Annotated[bool, typer.Option("--cohorts", help="List the saved searches instead of trials.")] = False,
    sort: Annotated[
        str | None,
        typer.Option("--sort", metavar="BY", help=f"Sort by one of {', '.join(SortBy)}. Default: trial."),
    ] = None,
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
    not_with("--cohorts", cohorts, tag=tag, sort=sort)
    order = SortBy.TRIAL if sort is None else SortBy(check_choice("--sort", sort, list(SortBy)))
    loaded = settings()
    clock = clock_of(loaded)
    if cohorts:
        # Few look at these, and they need a session: half of the time that `list` takes otherwise.
        from tracker.cli.cohort_list import print_cohorts  # noqa: PLC0415

        print_cohorts(loaded, clock, output)
        return
    with open_door(loaded, clock) as door:
        with progress() as tell:
            listed = list_trials(door, lambda: opened(loaded, clock), clock.now(), tag, order, tell)
        tell_left_out(listed.left_out)
        emit(answer_of_rows(listed.rows, nothing_watched(tag), order), output, pager=True)
