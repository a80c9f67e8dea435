"""watch, unwatch, list: which trials we look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.cohorts import (
    CAP,
    answer_of,
    check_answer,
    dry_run_of,
    fill,
    listed,
    look_at,
    refuse_both,
    saved,
    stop,
    tell,
    tell_notes,
    tell_unread,
)
from tracker.cli.common import Tag, Tags, Trials, nothing_watched, settings, tell_left_out, trial_ids
from tracker.cli.linking import watch_linked
from tracker.cli.listing import BY_MERIT, SORTS, answer_of_rows, listed_rows
from tracker.cli.output import Format, Output, chosen, emit, note
from tracker.errors import RecordError, UnknownTrial, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from storage.engine.database import Database
    from tracker.backfill.backfill import Backfill, PastReport
    from tracker.context.context import Context
    from tracker.polling.report import PollReport
    from tracker.similar.cohort_definition import Definition
    from tracker.similar.cohort_update import Kept

__all__ = ["add_to"]

SOME = 5


def add_to(app: typer.Typer) -> None:
    app.command("watch", short_help="Watch trials from now on.")(watch)
    app.command("unwatch", short_help="Stop looking; the history stays.")(unwatch)
    app.command("list", short_help="List the watched trials.")(list_)


def watch(
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
    """Watch trials: their record is fetched now, and compared at every poll from then on.

    The versions of the past come first, from the registry's own history. That takes about a second each; it may be
    stopped at any time, and the same command goes on where it stopped.

    With --query (cond, term, locn, titles, intr, outc, spons, lead, id, patient, status, geo, advanced, agg) and with
    --similar the set is searched for again by the daemon: a trial that enters it is watched and told as cohort.entered.
    The text of a query is sent as you type it: AND, OR and NOT in capitals, phrases in "...", 12 words for each name. A
    query that finds nothing is not kept, unless you say --keep-empty.
    With --linked their numbers in other registers, by their records or by those that name them, are watched too.

    \b
    Example:  trialwatch watch NCT05349331 NCT03434379 --tag hcc --linked
              trialwatch watch NCT05349331 --similar 10
              trialwatch watch --query "cond=liver cancer" --query "spons=Bayer" --dry-run
    """
    from tracker.app import open_context

    refuse_both(ids, query, similar, dry_run or keep_empty)
    wanted, cohort = trial_ids(ids or []), saved(query, cap, tag or []) if query else None
    loaded = settings()
    pace = loaded.ctgov.requests_per_second if (bool(ids) if backfill is None else backfill) else None
    with open_context(loaded) as context:
        if cohort is None:
            _watch_these(context, wanted, tag or [], similar, pace, output, linked=linked)
            return
        tell_notes(cohort)
        if dry_run:
            emit(dry_run_of(context, cohort), output)
        else:
            _watch_found(context, cohort, pace, output, keep_empty=keep_empty)


def _watch_these(
    context: Context,
    wanted: list[str],
    tags: list[str],
    similar: int | None,
    pace: float | None,
    output: Output,
    *,
    linked: bool,
) -> None:
    from tracker.cli.pasts import fetch_rest
    from tracker.polling.report import together
    from tracker.similar.cohort_definition import like

    names, undone = _begin(context, wanted, tags)
    past, first = _look_back_and_now(context, names, pace)
    beside = _follow(context, names, tags)
    reports = [first]
    if others := [trial for trial in dict.fromkeys(beside.values()) if trial not in names]:
        past, second = _look_back_and_now(context, others, pace, past)
        reports.append(second)
    report = together(reports)
    if past is not None:
        fetch_rest(past, [trial for trial in (*names, *others) if trial not in beside])
    with context.database.write() as session:
        unknown = _drop_unknown(session, names, report, context.clock.now())
        shown = {*names, *others} - set(unknown)
    if linked:
        shown |= set(watch_linked(context, sorted(shown), tags, _drop_unknown))
    kept = fill(context, [like(seed, similar, tuple(tags)) for seed in sorted(shown)]) if similar else []
    look_at(context, (trial for it in kept for trial in it.trials), pace)
    with context.database.read() as session:
        rows = listed_rows(session, context.clock.now(), shown.union(*(it.trials for it in kept)))
    _tell_merges(undone, beside)
    told = {row["trial"] for row in rows} - beside.keys()
    _finish_watch(names, unknown, report, rows, output, past.report if past else None, kept, told)


def _begin(context: Context, wanted: list[str], tags: list[str]) -> tuple[list[str], dict[str, str]]:
    """Watch these. Returns their numbers, and what was merged so far and is not any more: number -> other trial.

    Who names a number wants that number: a merge that was believed is undone by it.
    """
    from storage.versions import merges
    from storage.watching import watches
    from tracker.registries.ids import registry_of

    now, undone = context.clock.now(), {}
    with context.database.write() as session:
        for trial in wanted:
            if (other := merges.undo(session, trial, registry_of(trial), now)) is not None:
                undone[trial] = other
            watches.watch(session, trial, registry_of(trial), now, tags)
    return wanted, undone


def _look_back_and_now(
    context: Context, names: list[str], pace: float | None, past: Backfill | None = None
) -> tuple[Backfill | None, PollReport]:
    """Fetch the past of these (unless `pace` is None; with `past`, as more of that), and look at them."""
    from tracker.cli.pasts import fetch_past
    from tracker.cli.terminal import progress
    from tracker.polling.poll_all import poll_all

    if past is not None:
        past.before_first_look(names)
    elif pace is not None:
        past = fetch_past(context, names, pace)
    with progress() as show:
        return past, poll_all(context, names, progress=show)


def _follow(context: Context, names: list[str], tags: list[str]) -> dict[str, str]:
    """Watch the trials that the registry gives for obsolete numbers, beside them. Returns number -> trial.

    A person asked for the number, so one answer is enough to add a watch. It is not enough to take one away.
    """
    from storage.versions import merges
    from storage.watching import watches
    from tracker.registries.ids import registry_of

    with context.database.write() as session:
        found = {old: new for old in names if (new := merges.leads_to(session, old)) is not None}
        for new in found.values():
            watches.watch(session, new, registry_of(new), context.clock.now(), tags)
    return found


def _tell_merges(undone: dict[str, str], beside: dict[str, str]) -> None:
    for old, new in undone.items():
        if old not in beside:
            note(
                f"{old} had been merged into {new}. That is undone: {old} is watched again, with its tags. "
                f"{new} is left as it is; to stop watching it: trialwatch unwatch {new}"
            )
    for old, new in beside.items():
        note(
            f"The registry answers {old} with {new}: {new} is watched now. {old} stays watched beside it until "
            f"newer data say the same; to stop that: trialwatch unwatch {old}"
        )


def _watch_found(context: Context, cohort: Definition, pace: float | None, output: Output, *, keep_empty: bool) -> None:
    """Watch what a saved query finds, and look at what is new in it."""
    check_answer(context, cohort, keep_empty=keep_empty)
    [kept] = fill(context, [cohort])
    report = look_at(context, kept.trials, pace)
    with context.database.read() as session:
        rows = listed_rows(session, context.clock.now(), set(kept.trials))
    emit(answer_of_rows(rows, "It finds nothing; see: trialwatch watch --help"), output)
    troubled = tell([kept], table=chosen(output) is Format.TABLE)
    if report is not None:
        troubled |= tell_unread(report)
    if troubled:
        raise typer.Exit(3)


def _drop_unknown(session: Session, names: list[str], report: PollReport, now: Any) -> list[str]:
    """Ids the registry itself does not know are not watched: a typing error would be asked for for ever."""
    from storage.watching import watches
    from tracker.polling.report import FailureKind

    unread = {item.trial for item in report.failed if item.kind is FailureKind.UNKNOWN_TRIAL}
    unknown = [trial for trial in names if trial in unread]
    for trial in unknown:
        watches.unwatch(session, trial, now)
    return unknown


def _finish_watch(
    names: list[str],
    unknown: list[str],
    report: PollReport,
    rows: list[dict[str, Any]],
    output: Output,
    past: PastReport | None,
    kept: list[Kept],
    have_pasts: set[str],
) -> None:
    from tracker.cli.pasts import tell_past

    if unknown and len(unknown) == len(names):
        raise UnknownTrial(
            f"The registry does not know {', '.join(unknown)}; check the number. Nothing is watched",
            subject=", ".join(unknown),
        )
    emit(answer_of_rows(rows, "Nothing is watched."), output)
    if past is not None:
        tell_past(past, have_pasts, names, table=chosen(output) is Format.TABLE)
    for trial in unknown:
        note(f"The registry does not know {trial}; check the number. It is not watched.")
    troubled = tell_unread(report, unknown)
    troubled |= tell(kept, table=chosen(output) is Format.TABLE)
    if chosen(output) is Format.TABLE and not troubled:
        note("Watched from now on. Look again every day: trialwatch poll && trialwatch changes --new")
    if unknown or troubled or report.quarantined:
        raise typer.Exit(3)


def unwatch(
    ids: Trials = None,
    cohort: Annotated[
        list[str] | None,
        typer.Option(
            "--cohort", metavar="NAME", help="Search for this set no more; several times. See: list --cohorts"
        ),
    ] = None,
    with_trials: Annotated[
        bool, typer.Option("--with-trials", help="Nor look at the trials that only this set brought.")
    ] = False,
    output: Output = None,
) -> None:
    """Stop looking at trials, or searching for sets of trials. Their history stays.

    \b
    Example:  trialwatch unwatch NCT05349331
              trialwatch unwatch --cohort like:NCT05349331 --with-trials
    """
    from tracker.context.open_store import clock_of, open_store

    if bool(ids) == bool(cohort) or (with_trials and not cohort):
        raise UsageError("Name trials, or sets with --cohort (and --with-trials), and not both", subject="unwatch")
    loaded = settings()
    clock = clock_of(loaded)
    wanted = trial_ids(ids or [])
    with open_store(loaded, clock) as database, database.write() as session:
        if cohort:
            sets, ended = stop(session, cohort, clock.now(), with_trials=with_trials)
        else:
            names, stopped, rows = _unwatch_these(session, wanted, clock.now())
            alive = {row["cohort"] for row in listed(session)}
    if cohort:
        emit(answer_of(sets), output)
        if chosen(output) is Format.TABLE:
            note(f"No longer searched for; {ended:,} trials are no longer watched with it, all others of it still are.")
        return
    emit(answer_of_rows(rows, ""), output)
    if chosen(output) is Format.TABLE:
        note("No longer watched. What is stored about them stays: trialwatch history ID")
    for trial in stopped:
        if f"like:{trial}" in alive:
            note(f"Trials like it are still searched for; to stop that: trialwatch unwatch --cohort like:{trial}")
    missing = [trial for trial in names if trial not in stopped]
    for trial in missing:
        note(f"{trial} is not watched. See what is: trialwatch list")
    if missing:
        raise typer.Exit(3)


def _unwatch_these(
    session: Session, wanted: list[str], now: datetime
) -> tuple[list[str], list[str], list[dict[str, Any]]]:
    """The ids these go by now, those of them that were watched, and their rows. Raises UnknownTrial for none."""
    from storage.watching import watches

    names = [watches.resolve(session, trial) for trial in wanted]
    stopped = [trial for trial in names if watches.unwatch(session, trial, now)]
    if not stopped:
        said = ", ".join(names)
        raise UnknownTrial(f"{said} is not watched. See what is: trialwatch list", subject=said)
    return names, stopped, listed_rows(session, now, set(stopped), watched_only=False)


def list_(
    tag: Tag = None,
    cohorts: Annotated[bool, typer.Option("--cohorts", help="List the sets of trials that are searched for.")] = False,
    sort: Annotated[str, typer.Option("--sort", metavar="BY", help=f"One of {', '.join(SORTS)}.")] = "trial",
    output: Output = None,
) -> None:
    """List the watched trials, or the sets of trials that are searched for again and again.

    Sorted by overdue those come first whose results are missing longest; by slip those whose primary completion went
    furthest; by changed those that changed last. The other formats then say more of each trial, too.

    \b
    Example:  trialwatch list --tag hcc --sort overdue
              trialwatch list --cohorts
    """
    from tracker.context.open_store import clock_of, open_store

    if sort not in SORTS:
        raise typer.BadParameter(f"{sort[:40]!r} is none of {', '.join(SORTS)}", param_hint="--sort")
    loaded = settings()
    clock = clock_of(loaded)
    with open_store(loaded, clock) as database:
        with database.read() as session:
            rows = listed(session) if cohorts else listed_rows(session, clock.now(), None, tag=tag)
        if cohorts:
            emit(answer_of(rows), output)
            return
        if sort in BY_MERIT:
            rows = _by_merit(database, rows, sort, clock.now())
    if sort not in BY_MERIT:
        key = {"checked": "last_checked"}.get(sort, sort)
        rows.sort(key=lambda row: (row[key] or "", row["trial"]))
    emit(answer_of_rows(rows, nothing_watched(tag), sort), output)


def _by_merit(database: Database, rows: list[dict[str, Any]], sort: str, now: datetime) -> list[dict[str, Any]]:
    """The rows with what their versions tell; the most first, those that tell nothing last."""
    from tracker.cli.terminal import progress
    from tracker.services.portfolio import lines_of

    left_out: list[RecordError] = []
    with progress() as tell:
        lines = lines_of(database, [row["trial"] for row in rows], now.date(), tell, left_out)
    tell_left_out(left_out)
    found = [row | lines[row["trial"]].document() for row in rows]
    said = [row for row in found if row[sort] is not None]
    said.sort(key=lambda row: row["trial"])
    said.sort(key=lambda row: row[sort], reverse=True)
    return said + [row for row in found if row[sort] is None]
