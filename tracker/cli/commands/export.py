"""export: write changes, versions or trials as a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tracker.changes.wording.words import count_of
from tracker.cli.arguments import Force, moment
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.notes import end_without
from tracker.cli.render.output import note
from tracker.context.open_store import clock_of, open_store
from tracker.errors import UsageError
from tracker.services.changes.moments import Moment
from tracker.services.export.export import ExportRequest, export
from tracker.services.export.formats import FORMATS
from tracker.services.export.tables import TABLES

__all__ = ["command"]


def command(
    what: Annotated[
        str,
        typer.Argument(metavar="TABLE", help="Which table."),
    ],
    since: Annotated[str | None, typer.Option("--since", metavar="W", help="A date, an instant, or 7d, 12h.")] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="A file, or a folder for a file named after the table.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="F", help="csv, jsonl or parquet. Default: as FILE ends, else csv."),
    ] = None,
    force: Force = False,
) -> None:
    """Write all changes (one row per changed field), all versions, or all trials, with stable columns.

    Or write reported results, one row per value, as the public database AACT names them: measures, analyses,
    adverse-events, flow, baseline. They hold every version: effective_until is empty for what stands now.

    Without --to, write to stdout. For trials, --since selects those whose results have been posted since then.

    In CSV, a value that a spreadsheet would take for a formula starts with an apostrophe. Parquet needs the extra
    "analytics".

    \b
    Example:  trialwatch export changes --since 30d --to changes.csv
              trialwatch export versions --to versions.parquet
              trialwatch export trials --to portfolio.csv
              trialwatch export measures --to measures.parquet
    """
    if what not in TABLES:
        raise UsageError(f"{what[:40]!r} is none of {', '.join(TABLES)}", subject=what[:40])
    form = _format(form, to)
    if to is not None and to.is_dir() and not to.is_symlink():
        to = to / f"{what}.{form}"
    loaded = settings()
    clock = clock_of(loaded)
    now = clock.now()
    request = ExportRequest(what, form, moment(since, now) if since else Moment(), to or sys.stdout, force)
    with open_store(loaded, clock) as database:
        done = export(database, request, now.date())
    if to is not None:
        note(f"{to}: {count_of(done.rows, 'row')}.")
    end_without(done.left_out)


def _format(form: str | None, to: Path | None) -> str:
    ending = "" if to is None else to.suffix.removeprefix(".").lower()
    found = form or (ending if ending in FORMATS else "csv")
    if found not in FORMATS:
        raise UsageError(f"{found[:40]!r} is none of {', '.join(FORMATS)}", subject=found[:40])
    if found == "parquet" and to is None:
        raise UsageError("Parquet goes into a file; name one with --to")
    return found
