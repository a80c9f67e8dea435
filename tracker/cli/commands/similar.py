"""similar: find the trials most like one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from storage.reads.in_session import SessionReader
from tracker.changes.wording.words import count_of
from tracker.cli.loaded_settings import settings
from tracker.cli.render.column import Column
from tracker.cli.render.output import Answer, Format, Output, chosen, emit, note
from tracker.cli.render.progress_bar import progress
from tracker.cli.render.tables.similar_table import answer_of_similar
from tracker.cli.typed.arguments import OneTrial
from tracker.config.settings import Settings
from tracker.context.clock_of import clock_of
from tracker.context.open_store import open_store, read_store, write_store
from tracker.errors import UsageError
from tracker.services.similar.cohorts import change_rejected
from tracker.services.titles import titles_of
from tracker.services.typed.similar_filters import similar_filters
from tracker.services.typed.trial_ids import trial_id, trial_ids
from tracker.similar.comparison import Choice, find_stored
from tracker.similar.found import SimilarTrials

__all__ = ["command"]

SOME = 5
Several = list[str] | None


Top = Annotated[int, typer.Option("--top", metavar="N", min=1, max=1000, help="Show the N most similar.")]
Why = Annotated[bool, typer.Option("--why", help="Show what each has in common with ID.")]
Among = Annotated[
    Several,
    typer.Option("--among", metavar="ID", help="Compare ID with this trial, instead of searching. Can be repeated."),
]
Stored = Annotated[bool, typer.Option("--stored", help="Compare what is stored, and ask no registry.")]
Status = Annotated[
    Several,
    typer.Option("--status", metavar="STATUS", help="Only with this status, such as recruiting. Can be repeated."),
]
Phase = Annotated[Several, typer.Option("--phase", metavar="PHASE", help="1 to 4, early1 or na. Can be repeated.")]
Country = Annotated[
    Several, typer.Option("--country", metavar="COUNTRY", help="Only with a site in this country. Can be repeated.")
]
HasResults = Annotated[bool, typer.Option("--has-results", help="Only with posted results.")]
Watch = Annotated[bool, typer.Option("--watch", help="Watch these trials, and any that enter the list later.")]
Reject = Annotated[
    Several,
    typer.Option("--reject", metavar="ID", help="Leave this trial out of the list of ID from now on. Can be repeated."),
]
Accept = Annotated[Several, typer.Option("--accept", metavar="ID", help="Take a --reject back. Can be repeated.")]


def command(
    trial: OneTrial,
    top: Top = 10,
    why: Why = False,
    among: Among = None,
    stored: Stored = False,
    status: Status = None,
    phase: Phase = None,
    country: Country = None,
    has_results: HasResults = False,
    watch: Watch = False,
    reject: Reject = None,
    accept: Accept = None,
    output: Output = None,
) -> None:
    """Find the trials most like one. Searches the registry and the store, and ranks the trials by what they say.

    Without --watch, nothing found is stored or watched. Status, phase, country and results are filters and do not count
    in the ranking. With only --reject or --accept, there is no search, and the trials that are kept out are listed.

    \b
    Example:  trialwatch similar NCT05349331
              trialwatch similar NCT05349331 --top 5 --why
              trialwatch similar NCT05349331 --stored
              trialwatch similar NCT05349331 --top 20 --watch
              trialwatch similar NCT05349331 --reject NCT03434379
    """
    seed, rest = trial_id(trial), trial_ids(among) if among else None
    out, in_again = trial_ids(reject or []), trial_ids(accept or [])
    filters = similar_filters(status, phase, country, has_results)
    if watch and (rest or stored or status or phase or country or has_results):
        message = "--watch is for all that is found: leave the filters, --stored and --among out"
        raise UsageError(message, subject="--watch")
    loaded = settings()
    kept_out = _change_rejected(loaded, seed, out, in_again)
    if (out or in_again) and not watch:
        with read_store(loaded) as session:
            titles = titles_of(SessionReader(session), kept_out)
        emit(_rejected(seed, kept_out, titles), output, pager=True)
        return
    choice = Choice(top, filters, rest, kept_out)
    troubled = False
    if stored:
        with open_store(loaded) as database, progress() as show:
            found = find_stored(database, loaded.derived, seed, choice, show)
    else:
        found, troubled = _searched(loaded, seed, choice, watch=watch, table=chosen(output) is Format.TABLE)
    emit(answer_of_similar(found, why), output, pager=not watch)
    _tell(found, len(kept_out), table=chosen(output) is Format.TABLE)
    if found.error or found.unknown or troubled:
        raise typer.Exit(3)


def _searched(loaded: Settings, seed: str, choice: Choice, *, watch: bool, table: bool) -> tuple[SimilarTrials, bool]:
    """Search the registry too. Return what was found, and whether the cohort of it has trouble."""
    # Imports HTTP, alerts and the backfill: half a second that --stored does not need.
    from tracker.app import open_context  # noqa: PLC0415
    from tracker.cli.render.notes.watch_notes import tell_kept, tell_unread  # noqa: PLC0415
    from tracker.services.similar.similar import similar_watched  # noqa: PLC0415
    from tracker.similar.find_similar import find_similar  # noqa: PLC0415

    with open_context(loaded) as context, progress() as show:
        if not watch:
            return find_similar(context, seed, choice, progress=show), False
        watched = similar_watched(context, seed, choice, show)
    troubled = tell_kept([watched.kept], table=table, remarks=False)
    return watched.found, troubled or (watched.first_poll is not None and tell_unread(watched.first_poll.report))


def _change_rejected(loaded: Settings, seed: str, out: Sequence[str], in_again: Sequence[str]) -> list[str]:
    clock = clock_of(loaded)
    open_ = write_store if out or in_again else read_store
    with open_(loaded, clock) as session:
        return change_rejected(session, seed, out, in_again, clock.now())


def _rejected(seed: str, trials: list[str], titles: Mapping[str, str]) -> Answer:
    rows = [{"trial": trial} for trial in trials]
    title = Column("title", "Title", lambda row: titles.get(row["trial"], "(not stored)"), room=1, line=True)
    columns = (Column("trial", "Kept out"), title)
    return Answer({"trial": seed, "rejected": rows}, "rejected", ("trial",), columns, "No trial is kept out.")


def _tell(found: SimilarTrials, kept_out: int, *, table: bool) -> None:
    for sentence in found.notices[:SOME]:
        note(f"Note: {sentence.rstrip('.')}.")
    if len(found.notices) > SOME:
        note(f"And {len(found.notices) - SOME:,} more such notes.")
    for trial in found.unknown:
        note(f"The registry does not know {trial}; check the number.")
    if found.error:
        note(f"The registry could not be asked for everything: {found.error.message}. This is from what is at hand.")
    if table and kept_out:
        note(f"{count_of(kept_out, 'trial')} kept out. See: trialwatch list --cohorts")
    if table:
        note(f"{count_of(found.compared, 'other trial')} compared with {found.seed.trial}.")
