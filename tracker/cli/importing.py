"""import: lists of ids to watch, saved records, histories and pages to keep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.common import Tags, settings
from tracker.cli.output import Answer, Output, emit, note
from tracker.errors import UsageError

if TYPE_CHECKING:
    from tracker.backfill.import_files import ImportReport
    from tracker.context.context import Context

__all__ = ["add_to"]

SOME = 10


def add_to(app: typer.Typer) -> None:
    app.command("import", short_help="Import ids, saved records or pages.")(import_)


def import_(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILE|FOLDER", help="txt, csv, json, jsonl, ndjson or html files.")
    ],
    watch: Annotated[bool, typer.Option("--watch", help="Also watch the trials whose records were imported.")] = False,
    column: Annotated[
        str | None,
        typer.Option("--column", metavar="C", help="The csv column that holds ids: its heading, or its number."),
    ] = None,
    tag: Tags = None,
    backfill: Annotated[
        bool,
        typer.Option("--backfill", help="Also fetch the past of these trials, and look at those that are watched."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what each file is and what would be done.")
    ] = False,
    output: Output = None,
) -> None:
    """Import trial ids (txt, csv: they are watched), saved registry records (json, jsonl: they become versions), saved
    histories (answers of /api/int, or ctrdata's records: their versions get their places), or saved pages of a trial
    (html, or as txt: kept beside its versions, for: trialwatch compare ID).

    Nothing imported is ever alerted. A folder of dated downloads becomes a history, in whatever order it comes.
    With --backfill the registry's own history is fetched as well, about a second for each version; if it is stopped,
    the same command goes on where it stopped.

    \b
    Example:  trialwatch import ids.txt --tag hcc
              trialwatch import downloads/ --watch --backfill
    """
    from tracker.app import open_context
    from tracker.backfill.import_files import import_files
    from tracker.cli.terminal import progress

    loaded = settings()
    with open_context(loaded) as context:
        with progress() as tell:
            report = import_files(context, paths, column=column, dry_run=dry_run, progress=tell)
        if not (report.found or report.rejected):
            raise UsageError(
                "Nothing to import was found there (txt, csv, json, jsonl, ndjson, html)", subject=str(paths[0])
            )
        wanted = [*report.ids, *(sorted(report.trials) if watch else [])]
        if wanted and not dry_run:
            _watch(context, wanted, tag or [])
        if backfill and not dry_run:
            _backfill(context, sorted({*report.ids, *report.trials}), loaded.pace())
    _print(report, len(set(wanted)), dry_run, output)
    if report.rejected or report.missing:
        raise typer.Exit(3 if report.found else 1)


def _watch(context: Any, wanted: list[str], tags: list[str]) -> None:
    from storage.watching import watches
    from tracker.registries.ids import registry_of

    with context.database.write() as session:
        for name in wanted:
            trial = watches.resolve(session, name)
            watches.watch(session, trial, registry_of(trial), context.clock.now(), tags)


def _backfill(context: Context, names: list[str], pace: float) -> None:
    """Fetch the past; those that are watched get their first look, which the past was fetched for."""
    from storage.watching import watches
    from tracker.cli.pasts import fetch_past, fetch_rest, tell_past
    from tracker.cli.terminal import progress
    from tracker.polling.poll_all import poll_all

    with context.database.read() as session:
        names = list(dict.fromkeys(watches.resolve(session, trial) for trial in names))
        active = watches.watched_of(session, names)
    watched = [trial for trial in names if trial in active]
    past = fetch_past(context, names, pace, watched)
    if watched:
        with progress() as tell:
            poll_all(context, watched, progress=tell)
        fetch_rest(past, watched)
    with context.database.read() as session:
        known = watches.known(session, names)
    tell_past(past.report, known, names, table=False)


def _print(report: ImportReport, watched: int, dry_run: bool, output: Output) -> None:
    found = {
        "files": report.files,
        "ids": len(report.ids),
        "records": report.records,
        "pages": report.pages,
        "stored": report.stored,
        "already": report.already,
        "trials": len(report.trials),
        "watched": watched,
        "dry_run": dry_run,
        "rejected": [{"source": source, "reason": reason} for source, reason in report.rejected],
        "duplicates": [{"source": source, "of": what} for source, what in report.duplicates],
        "versions": report.versions,
        "lists": report.lists,
        "missing": _numbered(report.missing),
        "gaps": _numbered(report.gaps),
        "newer": _numbered(report.newer),
        "remarks": [{"source": source, "remark": sentence} for source, sentence in report.remarks],
        "contents": [{"source": source, "what": what} for source, what in report.contents] if dry_run else [],
    }
    fields = tuple(found)
    emit(Answer({"import": found}, "import", fields, table=lambda: _sentences(report, watched, dry_run)), output)
    for source, reason in report.rejected[:20]:
        note(f"{source}: {reason}")
    if len(report.rejected) > 20:
        note(f"and {len(report.rejected) - 20:,} more; see: trialwatch import ... -o json")
    _note_history(report)


def _numbered(found: dict[str, tuple[int, ...]]) -> list[dict[str, Any]]:
    return [{"trial": trial, "versions": list(numbers)} for trial, numbers in sorted(found.items())]


def _note_history(report: ImportReport) -> None:
    """Say what of a history is not here yet, and where to get it."""
    from tracker.backfill.collected_history import ranges

    for source, sentence in report.remarks[:SOME]:
        note(f"{source}: {sentence}")
    for told, what in (
        (report.missing, "are listed and in no file; fetch them and import again, what is here stays"),
        (
            report.gaps,
            "are in no file; without the list of versions (.../history) it is not known which more there are",
        ),
        (report.newer, "are newer than the last poll; the next one brings the record: trialwatch poll"),
    ):
        for trial, numbers in sorted(told.items())[:SOME]:
            note(f"{trial}: versions {ranges(numbers)} of its history {what}")
        if len(told) > SOME:
            note(f"and {len(told) - SOME:,} trials more; see: trialwatch import ... -o json")


def _sentences(report: ImportReport, watched: int, dry_run: bool) -> None:
    from tracker.changes.wording.words import count_of
    from tracker.cli.terminal import console

    out = console()
    found = f"{count_of(len(report.ids), 'id')}, {count_of(report.records, 'record')}"
    if report.versions or report.lists:
        found += f", {count_of(report.versions, 'version')} of the registry's history"
    if report.pages:
        found += f", {count_of(report.pages, 'page')}"
    out.print(f"{count_of(report.files, 'file')} read: {found}.")
    if report.duplicates:
        few = ", ".join(f"{source} ({what})" for source, what in report.duplicates[:3])
        more = f" and {len(report.duplicates) - 3:,} more" if len(report.duplicates) > 3 else ""
        out.print(f"Found twice, taken once: {few}{more}.")
    if dry_run:
        for source, what in report.contents:
            out.print(f"{source}: {what}", markup=False, highlight=False, soft_wrap=True)
        out.print(f"Nothing was written (dry run); {count_of(watched, 'trial')} would be watched.")
        return
    if report.records or report.pages or report.versions:
        placed = f"{count_of(report.stored, 'version')} stored, {report.already:,} already there"
        out.print(f"{placed}, {count_of(len(report.trials), 'trial')}.")
    if watched:
        out.print(f"{count_of(watched, 'trial')} watched. Their records come with the next poll: trialwatch poll")
