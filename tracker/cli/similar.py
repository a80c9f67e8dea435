"""similar: the trials most like one, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.common import settings, trial_id, trial_ids
from tracker.cli.output import Answer, Column, Format, Output, chosen, emit, note
from tracker.errors import RegistryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tracker.context.context import Context
    from tracker.similar.cohort_update import Kept
    from tracker.similar.filters import Filters
    from tracker.similar.find_similar import Similar, SimilarTrials

__all__ = ["add_to", "print_similar"]

SOME = 5
_LABELS = {
    "condition": "condition",
    "mesh": "subject heading",
    "intervention": "intervention",
    "term": "words",
    "phase": "",
    "study_type": "",
    "sponsor": "sponsor",
    "country": "in",
}
Several = list[str] | None


def add_to(app: typer.Typer) -> None:
    app.command("similar", short_help="Find the trials most like one.")(similar)


def similar(
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
        bool, typer.Option("--watch", help="Watch the N found, and whatever is among them later.")
    ] = False,
    reject: Annotated[
        Several, typer.Option("--reject", metavar="ID", help="Keep this one out for good; several times.")
    ] = None,
    accept: Annotated[
        Several, typer.Option("--accept", metavar="ID", help="Take a --reject back; several times.")
    ] = None,
    output: Output = None,
) -> None:
    """Find the trials most like one: searched for at the registry and in the store, ranked by all their words.

    Without --watch nothing found is stored or watched. Status, phase, country and results filter, and do not count in
    the ranking. With --reject or --accept alone nothing is searched for; what is kept out is listed.

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

    from tracker.app import open_context  # after the words are known to be good: what ranks takes a second to import
    from tracker.cli.cohorts import change_rejected, look_at, tell, tell_unread
    from tracker.similar.cohort_search import wanted

    loaded = settings()
    with open_context(loaded) as context:
        kept_out = change_rejected(context, seed, out, in_again)
        if (out or in_again) and not watch:
            emit(_rejected(seed, kept_out), output)
            return
        found = _find(context, seed, wanted(top) if watch else top, filters, rest, kept_out)
        kept = [_watch(context, found, top)] if watch else []
        report = look_at(context, (it for sets in kept for it in sets.trials), None)
    found.similar = found.similar[:top]
    emit(_answer(found, why), output)
    table = chosen(output) is Format.TABLE
    _tell(found, len(kept_out), table=table)
    troubled = tell(kept, table=table, remarks=False) or (report is not None and tell_unread(report))
    if found.error or found.unknown or troubled:
        raise typer.Exit(3)


def _find(
    context: Context, seed: str, top: int, filters: Filters, among: list[str] | None, rejected: Sequence[str]
) -> SimilarTrials:
    from tracker.cli.terminal import progress
    from tracker.similar.find_similar import find_similar

    with progress() as show:
        return find_similar(context, seed, top=top, filters=filters, among=among, rejected=rejected, progress=show)


def _watch(context: Context, found: SimilarTrials, size: int) -> Kept:
    """Make the cohort of these, or bring it up to date."""
    from tracker.similar.cohort_definition import like
    from tracker.similar.cohort_search import searched_of
    from tracker.similar.cohort_update import define, settle

    cohort = like(found.seed.trial, size)
    define(context, cohort)
    return settle(context, cohort.name, searched_of(found, _stamp(context, cohort.registry)))


def _stamp(context: Context, registry: str) -> str | None:
    """The registry's mark of the data that were searched; None when it does not tell."""
    try:
        return context.clients[registry].data_timestamp()
    except RegistryError:
        return None


def _rejected(seed: str, trials: list[str]) -> Answer:
    rows = [{"trial": trial} for trial in trials]
    columns = (Column("trial", "Kept out"),)
    return Answer({"trial": seed, "rejected": rows}, "rejected", ("trial",), columns, "No trial is kept out.")


def _filters(status: Several, phase: Several, country: Several, has_results: bool) -> Filters:
    from tracker.registries.listed import searched
    from tracker.similar.filters import Filters

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
    """What was typed as the registry's codes, in any case, with spaces or hyphens for underscores."""
    codes = {re.sub(r"\W+", "_", word.strip()).upper(): word for word in given or ()}
    for code, word in codes.items():
        if code not in known:
            raise UsageError(f"{option} is one of {', '.join(sorted(known))}, not {word[:40]!r}", subject=word[:40])
    return frozenset(codes)


def _tell(found: SimilarTrials, kept_out: int, *, table: bool) -> None:
    from tracker.changes.wording.words import count_of

    for sentence in found.notices[:SOME]:
        note(f"Note: {sentence}.")
    if len(found.notices) > SOME:
        note(f"And {len(found.notices) - SOME:,} more such notes.")
    for trial in found.unknown:
        note(f"The registry does not know {trial}; check the number.")
    if found.error:
        note(f"The registry could not be asked for everything: {found.error.message}. This is from what is at hand.")
    if table and kept_out:
        note(f"{count_of(kept_out, 'trial')} kept out. See: trialwatch list --cohorts")
    if found.passed_over:
        note(f"{count_of(found.passed_over, 'stored trial was', 'stored trials were')} judged by the title alone.")
    if table:
        note(f"{count_of(found.compared, 'other trial')} compared with {found.seed.trial}.")


def _answer(found: SimilarTrials, why: bool) -> Answer:
    document = {"trial": found.seed.trial, "similar": [_row(item) for item in found.similar]}
    reading = (
        Column("trial", "Trial"),
        Column("score", "Alike", lambda row: f"{row['score']:.2f}", right=True),
        Column("title", "Title", room=2, line=not why),
        Column("phases", "Phase", _phases, spare=True),
        Column("status", "Status", _status, spare=True),
        Column("sponsor", "Sponsor", lambda row: row["sponsor"] or "-", room=1, line=not why, spare=True),
        Column("countries", "Countries", _countries, room=1, line=not why, spare=True),
    )
    because = (reading[0], reading[1], reading[2], Column("reasons", "In common", _because, room=3))
    fields = ("trial", "title", "score", "status", "phases", "sponsor", "countries", "has_results", "reasons")
    return Answer(document, "similar", fields, because if why else reading, "No trial like it was found.")


def print_similar(found: SimilarTrials) -> None:
    """The table with reasons."""
    from tracker.cli.table import print_table

    answer = _answer(found, why=True)
    print_table(answer.columns, answer.rows)


def _row(item: Similar) -> dict[str, Any]:
    record = item.record
    return {
        "trial": record.trial,
        "title": record.title.brief,
        "score": item.score,
        "reasons": [
            {"kind": it.kind, "value": it.value} | ({} if it.share is None else {"share": it.share})
            for it in item.reasons
        ],
        "status": record.status,
        "phases": list(record.phases),
        "sponsor": record.sponsor.lead,
        "countries": list(record.countries),
        "has_results": record.results.state == "posted",
    }


def _phases(row: Any) -> str:
    from tracker.changes.wording.words import phase_words

    return phase_words(row["phases"]) if row["phases"] else "-"


def _status(row: Any) -> str:
    from tracker.changes.wording.words import status_words

    return status_words(row["status"])


def _countries(row: Any) -> str:
    from tracker.changes.wording.words import listed

    return listed(row["countries"]) or "-"


def _because(row: Any) -> str:
    """The reasons by kind, a kind after the other: ``condition Hepatocellular Carcinoma; Phase 2; in China``."""
    from tracker.changes.wording.words import listed

    by_kind: dict[str, list[str]] = {}
    for reason in row["reasons"]:
        by_kind.setdefault(reason["kind"].partition(".")[0], []).append(_said(reason))
    return "; ".join(f"{_LABELS.get(kind, kind)} {listed(said)}".strip() for kind, said in by_kind.items()) or "-"


def _said(reason: Any) -> str:
    from tracker.changes.wording.words import phase_words

    if reason["kind"] == "phase":
        return phase_words(reason["value"].split("/"))
    if reason["kind"] == "study_type" or reason["kind"].startswith("design."):
        return str(reason["value"]).replace("_", " ").lower()
    if reason["kind"] == "term":
        return f"“{reason['value']}” {reason['share']:.0%}"
    return str(reason["value"])
