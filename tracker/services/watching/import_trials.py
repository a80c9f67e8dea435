"""Import files, then watch the trials in them and fetch their past, if wanted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.watching import cohorts, watches
from tracker.backfill.backfill import PastReport
from tracker.backfill.import_files import ImportReport, import_files
from tracker.context.context import Context
from tracker.context.progress import Progress
from tracker.errors import UsageError
from tracker.polling.poll_all import poll_all
from tracker.registries.ids import registry_of
from tracker.services.past import PastPlan, fetch_past, fetch_rest

__all__ = ["ImportRequest", "ImportedFiles", "ImportedPast", "import_trials"]

_SOME = 3
"""Remarks in an error about files with nothing to import."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import.

    `column` is the column of a CSV file that holds ids. With `watch`, trials whose records were imported are watched
    too. With `plan`, their past is fetched too.
    """

    paths: Sequence[Path]
    column: str | None = None
    tags: Sequence[str] = ()
    watch: bool = False
    plan: PastPlan | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ImportedPast:
    """What was fetched of the past of `trials`. `known` are those of them that have a version."""

    report: PastReport
    trials: Sequence[str]
    known: Collection[str]


@dataclass(frozen=True, slots=True)
class ImportedFiles:
    """The result of an import. `watched` counts the trials that are now watched, or would be."""

    report: ImportReport
    watched: int
    past: ImportedPast | None


def import_trials(context: Context, request: ImportRequest, progress: Progress) -> ImportedFiles:
    """Read the files and keep what is in them. Raise UsageError if there is nothing to import."""
    report = import_files(context, request.paths, column=request.column, dry_run=request.dry_run, progress=progress)
    if not (report.found or report.rejected):
        remarks = "".join(f"; {source}: {sentence}" for source, sentence in report.remarks[:_SOME])
        raise UsageError(
            f"Nothing to import was found there (txt, csv, tsv, json, jsonl, ndjson, html){remarks}",
            subject=str(request.paths[0]),
        )
    wanted = [*report.ids, *(sorted(report.trials) if request.watch else [])]
    past = None
    if not request.dry_run:
        _watch(context, wanted, request.tags)
        if request.plan is not None:
            past = _fetch_past(context, sorted({*report.ids, *report.trials}), request.plan, progress)
    return ImportedFiles(report, len(set(wanted)), past)


def _watch(context: Context, wanted: Sequence[str], tags: Sequence[str]) -> None:
    if not wanted:
        return
    with context.database.write() as session:
        found = watches.resolve_all(session, wanted)
        watches.watch_all(session, {trial: registry_of(trial) for trial in found}, context.clock.now(), tags)
        cohorts.keep_watched(session, found)


def _fetch_past(context: Context, found: Iterable[str], plan: PastPlan, progress: Progress) -> ImportedPast:
    """Fetch the past. The watched trials get their first poll, because the past was fetched for it."""
    with context.database.read() as session:
        names = list(dict.fromkeys(watches.resolve(session, trial) for trial in found))
        active = watches.watched_of(session, names)
    watched = [trial for trial in names if trial in active]
    past = fetch_past(context, names, plan, progress, watched)
    if watched:
        poll_all(context, watched, progress=progress)
        fetch_rest(past, watched)
    with context.database.read() as session:
        known = watches.known(session, names)
    return ImportedPast(past.report, names, known)
