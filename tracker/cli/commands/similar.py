"""similar: find the trials most like one."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Annotated

import typer

from tracker.app import open_context
from tracker.changes.wording.words import count_of
from tracker.cli.arguments import trial_id, trial_ids
from tracker.cli.loaded_settings import settings
from tracker.cli.render.column import Column
from tracker.cli.render.notes.watch_notes import tell_kept, tell_unread
from tracker.cli.render.output import Answer, Format, Output, chosen, emit, note
from tracker.cli.render.progress_bar import progress
from tracker.cli.render.tables.similar_table import answer_of_similar
from tracker.errors import UsageError
from tracker.registries.listed import searched
from tracker.services.similar.similar import FoundSimilar, SimilarRequest, similar
from tracker.services.similar.similar import reject as change_rejected
from tracker.similar.filters import Filters

__all__ = ["command"]

SOME = 5
Several = list[str] | None


def command(
    trial: Annotated[str, typer.Argument(metavar="ID", help="A trial id such as NCT05349331.")],
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, max=1000, help="Show so many.")] = 10,
    why: Annotated[bool, typer.Option("--why", help="Show in the table what each has in common with it.")] = False,
    among: Annotated[
        Several, typer.Option("--among", metavar="ID", help="Rank only this trial; several times.")
    ] = None,
    status: Annotated[Several, typer.Option("--status", metavar="S", help="Only such; several times.")] = None,
    phase: Annotated[Several, typer.Option("--phase", metavar="P", help="1 to 4, early1 or na; several times.")] = None,
    country: Annotated[
        Several, typer.Option("--country", metavar="C", help="With a site there; several times.")
    ] = None,
    has_results: Annotated[bool, typer.Option("--has-results", help="Only with posted results.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Watch the N found, and trials that enter the list later.")
    ] = False,
    reject: Annotated[
        Several, typer.Option("--reject", metavar="ID", help="Keep this one out for good; several times.")
    ] = None,
    accept: Annotated[
        Several, typer.Option("--accept", metavar="ID", help="Take a --reject back; several times.")
    ] = None,
    output: Output = None,
) -> None:
    """Find the trials most like one. Searches the registry and the store, and ranks the trials by all their words.

    Without --watch, nothing found is stored or watched. Status, phase, country and results are filters and do not count
    in the ranking. With only --reject or --accept, there is no search, and the trials that are kept out are listed.

    \b
    Example:  trialwatch similar NCT05349331 --top 5 --why
              trialwatch similar NCT05349331 --top 20 --watch
              trialwatch similar NCT05349331 --reject NCT03434379
    """
    seed, rest = trial_id(trial), trial_ids(among) if among else None
    out, in_again = trial_ids(reject or []), trial_ids(accept or [])
    filters = _filters(status, phase, country, has_results)
    if watch and (rest or status or phase or country or has_results):
        raise UsageError("--watch is for all that is found: leave the filters and --among out", subject="--watch")

    loaded = settings()
    with open_context(loaded) as context:
        kept_out = change_rejected(context, seed, out, in_again)
        if (out or in_again) and not watch:
            emit(_rejected(seed, kept_out), output)
            return
        with progress() as show:
            found = similar(context, SimilarRequest(seed, top, filters, rest, watch), kept_out, show)
    emit(answer_of_similar(found.found, why), output)
    table = chosen(output) is Format.TABLE
    _tell(found, table=table)
    troubled = tell_kept([found.kept] if found.kept else [], table=table, remarks=False)
    troubled = troubled or (found.first_poll is not None and tell_unread(found.first_poll.report))
    if found.found.error or found.found.unknown or troubled:
        raise typer.Exit(3)


def _rejected(seed: str, trials: list[str]) -> Answer:
    rows = [{"trial": trial} for trial in trials]
    columns = (Column("trial", "Kept out"),)
    return Answer({"trial": seed, "rejected": rows}, "rejected", ("trial",), columns, "No trial is kept out.")


def _filters(status: Several, phase: Several, country: Several, has_results: bool) -> Filters:
    _, language = searched()
    return Filters(
        statuses=_codes("--status", status, language.statuses),
        phases=_codes(
            "--phase",
            [re.sub(r"(?i)^(early)?[ _]*(?:phase)?[ _]*(\d)$", _phase, it) for it in phase or ()],
            language.phases,
        ),
        countries=frozenset(country or ()),
        has_results=has_results,
    )


def _phase(found: re.Match[str]) -> str:
    return f"{'EARLY_' if found[1] else ''}PHASE{found[2]}"


def _codes(option: str, given: Sequence[str] | None, known: Collection[str]) -> frozenset[str]:
    """Return what was typed as the registry's codes. Any case works, and spaces or hyphens count as underscores."""
    codes = {re.sub(r"\W+", "_", word.strip()).upper(): word for word in given or ()}
    for code, word in codes.items():
        if code not in known:
            raise UsageError(f"{option} is one of {', '.join(sorted(known))}, not {word[:40]!r}", subject=word[:40])
    return frozenset(codes)


def _tell(answer: FoundSimilar, *, table: bool) -> None:
    found = answer.found
    for sentence in found.notices[:SOME]:
        note(f"Note: {sentence}.")
    if len(found.notices) > SOME:
        note(f"And {len(found.notices) - SOME:,} more such notes.")
    for trial in found.unknown:
        note(f"The registry does not know {trial}; check the number.")
    if found.error:
        note(f"The registry could not be asked for everything: {found.error.message}. This is from what is at hand.")
    if table and answer.rejected:
        note(f"{count_of(len(answer.rejected), 'trial')} kept out. See: trialwatch list --cohorts")
    if found.passed_over:
        note(f"{count_of(found.passed_over, 'stored trial was', 'stored trials were')} judged by the title alone.")
    if table:
        note(f"{count_of(found.compared, 'other trial')} compared with {found.seed.trial}.")
