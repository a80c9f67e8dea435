"""import: import ids, saved records, histories and pages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tracker.app import open_context
from tracker.backfill.files.collected_history import ranges
from tracker.backfill.files.streams import STDIN, stream_of
from tracker.backfill.import_files import ImportReport
from tracker.changes.wording.words import count_of
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.past_notes import past_plan, tell_past
from tracker.cli.render.output import Answer, Output, emit, note
from tracker.cli.render.progress_bar import progress
from tracker.cli.render.terminal import console
from tracker.cli.run_state import GO_ON
from tracker.cli.typed.arguments import Tags
from tracker.errors import UsageError
from tracker.services.watching.import_trials import ImportRequest, import_trials

__all__ = ["command"]

SOME = 10


def command(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE|FOLDER|-", help="txt, csv, tsv, json, jsonl, ndjson or html files; - for standard input."
        ),
    ],
    watch: Annotated[bool, typer.Option("--watch", help="Also watch the trials whose records were imported.")] = False,
    column: Annotated[
        str | None,
        typer.Option("--column", metavar="COLUMN", help="The csv column that holds ids: its heading, or its number."),
    ] = None,
    tag: Tags = None,
    backfill: Annotated[
        bool,
        typer.Option("--backfill", help="Also fetch the past of these trials, and poll those that are watched."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what each file is and what would be done.")
    ] = False,
    output: Output = None,
) -> None:
    """Import files. What is in a file decides what is done with it.

    Trial ids (txt, csv, tsv) are watched.

    Saved registry records (json, jsonl) become versions.

    Saved histories of ClinicalTrials.gov, also as ctrdata keeps them (json, jsonl), become all their versions.

    Saved pages of a trial (html, or as txt) are kept for: trialwatch compare ID

    Imports never send alerts. A folder of dated downloads becomes a history, in any order of files. With --backfill,
    the registry's own history is fetched too, at about one second per version. If it is stopped, the same command
    continues where it stopped.

    What comes by standard input (-) or another stream may be any of these. Its beginning decides which.

    \b
    Example:  trialwatch import ids.txt --tag hcc
              trialwatch import downloads/ --watch --backfill
              grep -o 'NCT[0-9]*' mail.txt | trialwatch import -
    """
    loaded = settings()
    plan = past_plan(loaded.pace()) if backfill else None
    request = ImportRequest(paths, column, tuple(tag or ()), watch, plan, dry_run)
    if any(stream_of(path) == STDIN for path in paths):
        _expect_input()
    with open_context(loaded) as context, progress() as show:
        imported = import_trials(context, request, show)
    if (past := imported.past) is not None:
        tell_past(past.report, past.known, past.trials, table=False, go_on=GO_ON.get())
    report = imported.report
    _print(report, imported.watched, dry_run, output)
    if report.rejected or report.missing:
        raise typer.Exit(3 if report.found else 1)


def _expect_input() -> None:
    """Say what to type on a terminal. Raise UsageError if standard input is closed."""
    if sys.stdin is None:  # asked here: a store that is opened takes the free descriptor
        raise UsageError("standard input is not open. Name a file or a folder", subject="-")
    if sys.stdin.isatty():
        note("Type or paste ids, one a line. End with Ctrl-D on a line of its own.")


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
    """Say which parts of a history are missing, and where to get them."""
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
