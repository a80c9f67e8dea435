"""watch: watch trials from now on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import typer

from tracker.app import open_context
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.past_notes import past_plan, tell_past
from tracker.cli.render.notes.query_count import answer_of_count
from tracker.cli.render.notes.watch_notes import (
    tell_audience,
    tell_first_poll,
    tell_kept,
    tell_query_notes,
    tell_unread,
)
from tracker.cli.render.output import Format, Output, chosen, emit, note
from tracker.cli.render.progress_bar import progress
from tracker.cli.render.tables.trial_table import answer_of_rows
from tracker.cli.typed.arguments import Tags, TrialsOrQuery
from tracker.cli.typed.given_options import not_with, only_with
from tracker.config.settings import Settings
from tracker.context.context import Context
from tracker.errors import UsageError
from tracker.services.past import PastPlan
from tracker.services.typed.trial_ids import trial_ids
from tracker.services.watching.watch import LinkedTrials, Watched, WatchRequest, watch
from tracker.services.watching.watch_query import USUAL_CAP, count_query, query_cohort, watch_query
from tracker.similar.cohorts.cohort_definition import Definition

__all__ = ["Done", "command", "watch_and_tell"]


class Done(NamedTuple):
    """The trials that are watched now, and whether something could not be done."""

    trials: list[str]
    troubled: bool


Query = Annotated[
    list[str] | None,
    typer.Option("--query", metavar="NAME=TEXT", help="Watch all trials that match. Repeat to narrow."),
]
Similar = Annotated[
    int | None, typer.Option("--similar", metavar="N", min=1, max=200, help="Also the N trials most like each.")
]
Linked = Annotated[bool, typer.Option("--linked", help="Also watch the same trials in other registries.")]
Backfill = Annotated[
    bool | None,
    typer.Option("--backfill/--no-backfill", help="Fetch all past versions too, a second each. Default: for ids only."),
]
Cap = Annotated[
    int | None,
    typer.Option(
        "--cap",
        metavar="N",
        min=1,
        max=5000,
        help=f"Watch at most N trials of a --query, the newest first. Default: {USUAL_CAP}.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say how many a --query finds.")]
KeepEmpty = Annotated[bool, typer.Option("--keep-empty", help="Keep a --query that finds nothing yet.")]


def command(
    ids: TrialsOrQuery = None,
    query: Query = None,
    similar: Similar = None,
    linked: Linked = False,
    tag: Tags = None,
    backfill: Backfill = None,
    cap: Cap = None,
    dry_run: DryRun = False,
    keep_empty: KeepEmpty = False,
    output: Output = None,
) -> None:
    """Watch trials: fetch their records now, and compare them at every poll from then on.

    The versions of the past come first, from the registry's own history. That takes about a second each. You can stop
    it at any time, and the same command continues where it stopped.

    --query and --similar make a saved search (a cohort). The daemon repeats it. A trial that it finds later is watched,
    and reported as cohort.entered. See them: trialwatch list --cohorts

    The names of a query are cond (condition), intr (treatment), spons (sponsor), locn (place), term (any word), and
    titles, outc, lead, id, patient, status, geo, advanced, agg. Its text is sent as you type it: AND, OR and NOT in
    capitals, phrases in "...", at most 12 words for each name. A query that finds nothing is not kept, unless you use
    --keep-empty.

    With --linked, the numbers of these trials in other registers are watched too. They come from the trials' records,
    or from records that name the trials.

    \b
    Example:  trialwatch watch NCT05349331 NCT03434379 --tag hcc --linked
              trialwatch watch NCT05349331 --similar 10
              trialwatch watch --query "cond=liver cancer" --tag hcc
              trialwatch watch --query "cond=liver cancer" --query "spons=Bayer" --dry-run
    """
    _require_ids_or_query(ids, query)
    only_with("--query", query, cap=cap, dry_run=dry_run, keep_empty=keep_empty)
    not_with("--query", query, similar=similar, linked=linked)
    wanted, tags = trial_ids(ids or []), tuple(tag or ())
    cohort = query_cohort(query, USUAL_CAP if cap is None else cap, tags) if query else None
    loaded = settings()
    # For a query the past is fetched only if it is asked for: it may find thousands.
    with_past = bool(ids) if backfill is None else backfill
    plan = past_plan(loaded.pace()) if with_past else None
    with open_context(loaded) as context:
        if cohort is not None and dry_run:
            tell_query_notes(cohort)
            emit(answer_of_count(count_query(context, cohort)), output)
            return
        if cohort is not None:
            done = _watch_query(context, cohort, plan, output, keep_empty=keep_empty)
        else:
            request = WatchRequest(wanted, tags, similar, linked, plan)
            with progress() as show:
                watched = watch(context, request, show)
            done = _tell_watched(watched, output)
        if chosen(output) is Format.TABLE:
            tell_audience(context, done.trials)
    if done.troubled:
        raise typer.Exit(3)


def watch_and_tell(
    loaded: Settings, trials: Sequence[str], cohort: Definition | None, output: Output, *, rows: bool
) -> Done:
    """Watch trials with their past, or what a query finds, and say what came of it. With `rows`, print them."""
    with open_context(loaded) as context:
        plan = past_plan(loaded.pace())
        if cohort is not None:
            return _watch_query(context, cohort, None, output, keep_empty=False, rows=rows)
        with progress() as show:
            watched = watch(context, WatchRequest(list(trials), (), None, linked=False, plan=plan), show)
        return _tell_watched(watched, output, rows=rows)


def _require_ids_or_query(ids: Sequence[str] | None, query: Sequence[str] | None) -> None:
    """Raise UsageError for both trials and a query, and for neither."""
    if bool(ids) == bool(query):
        raise UsageError(
            "Name trials (NCT05349331), or a query (--query 'cond=...'), and not both. See: trialwatch watch --help",
            subject="watch",
        )


def _watch_query(
    context: Context, cohort: Definition, plan: PastPlan | None, output: Output, *, keep_empty: bool, rows: bool = True
) -> Done:
    tell_query_notes(cohort)
    with progress() as show:
        watched = watch_query(context, cohort, plan, show, keep_empty=keep_empty)
    tell_first_poll(watched.first_poll)
    if rows:
        emit(answer_of_rows(watched.rows, "It finds nothing; see: trialwatch watch --help"), output)
    troubled = tell_kept([watched.kept], table=chosen(output) is Format.TABLE)
    if watched.first_poll is not None:
        troubled |= tell_unread(watched.first_poll.report)
    return Done([row.trial for row in watched.rows], troubled)


def _tell_watched(found: Watched, output: Output, *, rows: bool = True) -> Done:
    """Print the table, and beside it everything a person has to know or do."""
    table = chosen(output) is Format.TABLE
    if found.linked is not None:
        _tell_linked(found.linked)
    tell_first_poll(found.similar_poll)
    _tell_merges(found)
    if rows:
        emit(answer_of_rows(found.rows, "Nothing is watched."), output)
    if found.past is not None:
        tell_past(found.past, {row.trial for row in found.rows} - found.followed.keys(), found.trials, table=table)
    for trial in found.unknown:
        note(f"The registry does not know {trial}; check the number. It is not watched.")
    troubled = tell_unread(found.report, found.unknown)
    troubled |= tell_kept(found.kept, table=table)
    troubled |= bool(found.unknown or found.report.quarantined)
    return Done([row.trial for row in found.rows], troubled)


def _tell_linked(linked: LinkedTrials) -> None:
    if not linked.trials:
        note("No number in another register that is read here is known of these trials.")
        return
    note(f"The same trials elsewhere: {', '.join(linked.trials)}")
    for trial in linked.unknown:
        note(f"{trial} is named in a record, but its register does not know it. It is not watched.")


def _tell_merges(found: Watched) -> None:
    for old, new in found.undone.items():
        if old not in found.followed:
            note(
                f"{old} had been merged into {new}. That is undone: {old} is watched again, with its tags. "
                f"{new} is left as it is; to stop watching it: trialwatch unwatch {new}"
            )
    for old, new in found.followed.items():
        note(
            f"The registry answers {old} with {new}: {new} is watched now. {old} stays watched beside it until "
            f"newer data say the same; to stop that: trialwatch unwatch {old}"
        )
