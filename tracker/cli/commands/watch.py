"""watch: watch trials from now on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from tracker.app import open_context
from tracker.cli.arguments import Tags, Trials, trial_ids
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.past_notes import past_plan, tell_past
from tracker.cli.render.notes.query_count import answer_of_count
from tracker.cli.render.notes.watch_notes import tell_first_poll, tell_kept, tell_query_notes, tell_unread
from tracker.cli.render.output import Format, Output, chosen, emit, note
from tracker.cli.render.progress_bar import progress
from tracker.cli.render.tables.trial_table import answer_of_rows
from tracker.context.context import Context
from tracker.errors import UsageError
from tracker.services.past import PastPlan
from tracker.services.watching.watch import LinkedTrials, Watched, WatchRequest, watch
from tracker.services.watching.watch_query import count_query, query_cohort, watch_query
from tracker.similar.cohort_definition import Definition

__all__ = ["command"]

CAP = 500
"""The most trials of a saved query, unless set otherwise."""


def command(
    ids: Trials = None,
    query: Annotated[
        list[str] | None,
        typer.Option("--query", metavar="NAME=TEXT", help="Watch what the registry finds; several times narrow."),
    ] = None,
    similar: Annotated[
        int | None, typer.Option("--similar", metavar="N", min=1, max=200, help="Also the N trials most like each.")
    ] = None,
    linked: Annotated[bool, typer.Option("--linked", help="Also their numbers in other registers.")] = False,
    tag: Tags = None,
    backfill: Annotated[
        bool | None,
        typer.Option(
            "--backfill/--no-backfill", help="Fetch the past too, a request a version. Default: of ID... only."
        ),
    ] = None,
    cap: Annotated[
        int, typer.Option("--cap", metavar="N", min=1, max=5000, help="Trials of a --query at most, the newest first.")
    ] = CAP,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many a --query finds.")] = False,
    keep_empty: Annotated[bool, typer.Option("--keep-empty", help="Keep a --query that finds nothing yet.")] = False,
    output: Output = None,
) -> None:
    """Watch trials: fetch their records now, and compare them at every poll from then on.

    The versions of the past come first, from the registry's own history. That takes about a second each. You can stop
    it at any time, and the same command continues where it stopped.

    With --query (cond, term, locn, titles, intr, outc, spons, lead, id, patient, status, geo, advanced, agg) and with
    --similar, the daemon searches for the set again and again. A trial that enters it is watched and reported as
    cohort.entered. The text of a query is sent as you type it: AND, OR and NOT in capitals, phrases in "...", 12 words
    for each name. A query that finds nothing is not kept, unless you use --keep-empty.

    With --linked, the numbers of these trials in other registers are watched too. They come from the trials' records,
    or from records that name the trials.

    \b
    Example:  trialwatch watch NCT05349331 NCT03434379 --tag hcc --linked
              trialwatch watch NCT05349331 --similar 10
              trialwatch watch --query "cond=liver cancer" --query "spons=Bayer" --dry-run
    """
    _refuse_both(ids, query, similar, dry_run or keep_empty)
    wanted, tags = trial_ids(ids or []), tuple(tag or ())
    cohort = query_cohort(query, cap, tags) if query else None
    loaded = settings()
    with_past = bool(ids) if backfill is None else backfill
    plan = past_plan(loaded.pace()) if with_past else None
    with open_context(loaded) as context:
        if cohort is None:
            request = WatchRequest(wanted, tags, similar, linked, plan)
            with progress() as show:
                watched = watch(context, request, show)
            _tell_watched(watched, output)
            return
        tell_query_notes(cohort)
        if dry_run:
            emit(answer_of_count(count_query(context, cohort)), output)
        else:
            _watch_query(context, cohort, plan, output, keep_empty=keep_empty)


def _refuse_both(ids: Sequence[str] | None, query: Sequence[str] | None, similar: int | None, dry: bool) -> None:
    """Raise UsageError for options that cannot be used together."""
    if bool(ids) == bool(query):
        raise UsageError(
            "Name trials (NCT05349331), or a query (--query 'cond=...'), and not both. See: trialwatch watch --help",
            subject="watch",
        )
    if query and similar is not None:
        raise UsageError("--similar goes with trials, not with --query", subject="--similar")
    if dry and not query:
        raise UsageError("--dry-run and --keep-empty go with --query", subject="--query")


def _watch_query(
    context: Context, cohort: Definition, plan: PastPlan | None, output: Output, *, keep_empty: bool
) -> None:
    with progress() as show:
        watched = watch_query(context, cohort, plan, show, keep_empty=keep_empty)
    tell_first_poll(watched.first_poll)
    emit(answer_of_rows(watched.rows, "It finds nothing; see: trialwatch watch --help"), output)
    troubled = tell_kept([watched.kept], table=chosen(output) is Format.TABLE)
    if watched.first_poll is not None:
        troubled |= tell_unread(watched.first_poll.report)
    if troubled:
        raise typer.Exit(3)


def _tell_watched(found: Watched, output: Output) -> None:
    """Print the table, and beside it everything a person has to know or do."""
    table = chosen(output) is Format.TABLE
    if found.linked is not None:
        _tell_linked(found.linked)
    tell_first_poll(found.similar_poll)
    _tell_merges(found)
    emit(answer_of_rows(found.rows, "Nothing is watched."), output)
    if found.past is not None:
        tell_past(found.past, {row.trial for row in found.rows} - found.followed.keys(), found.trials, table=table)
    for trial in found.unknown:
        note(f"The registry does not know {trial}; check the number. It is not watched.")
    troubled = tell_unread(found.report, found.unknown)
    troubled |= tell_kept(found.kept, table=table)
    if table and not troubled:
        note("Watched from now on. Look again every day: trialwatch poll && trialwatch changes --new")
    if found.unknown or troubled or found.report.quarantined:
        raise typer.Exit(3)


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
