"""export, evidence: the store's contents for other programs, and one change with all it rests on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.common import end_without, moment, settings, storable
from tracker.cli.keeping import Force
from tracker.cli.output import Answer, Output, emit, note
from tracker.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.errors import RecordError
    from tracker.services.export.tables import ExportColumn

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    app.command("export", short_help="Write changes, versions or trials as a table.")(export)
    app.command("evidence", short_help="Bundle a change with both records.")(evidence)


def export(
    what: Annotated[str, typer.Argument(metavar="changes|versions|trials", help="Which table.")],
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
    """Write all changes, a row for each changed field, all versions, or all trials, with stable columns.

    Without --to: to stdout. Of trials, --since takes those whose results have been posted since then.

    In csv what a spreadsheet would take for a formula is led by an apostrophe. Parquet needs the extra "analytics".

    \b
    Example:  trialwatch export changes --since 30d --to changes.csv
              trialwatch export versions --to versions.parquet
              trialwatch export trials --to portfolio.csv
    """
    from storage.engine.atomic_files import placed
    from tracker.changes.wording.words import count_of
    from tracker.context.open_store import clock_of, open_store
    from tracker.services.export.tables import TABLES
    from tracker.services.moments import Moment

    if what not in TABLES:
        raise UsageError(f"{what[:40]!r} is none of {', '.join(TABLES)}", subject=what[:40])
    form = _format(form, to)
    if to is not None and to.is_dir() and not to.is_symlink():
        to = to / f"{what}.{form}"
    loaded = settings()
    clock = clock_of(loaded)
    now = clock.now()
    day, instant = moment(since, now) if since else (None, None)
    with open_store(loaded, clock) as database:
        table = TABLES[what]
        left_out: list[RecordError] = []
        rows = table.rows(database, Moment(day, instant), now.date(), left_out)
        if to is None:
            _print(form, table.columns, rows)
            end_without(left_out)
            return
        with placed(to, force=force) as beside:
            written = _write(form, table.columns, rows, beside)
    note(f"{to}: {count_of(written, 'row')}.")
    end_without(left_out)


def _format(form: str | None, to: Path | None) -> str:
    from tracker.services.export.formats import FORMATS

    ending = "" if to is None else to.suffix.removeprefix(".").lower()
    found = form or (ending if ending in FORMATS else "csv")
    if found not in FORMATS:
        raise UsageError(f"{found[:40]!r} is none of {', '.join(FORMATS)}", subject=found[:40])
    if found == "parquet" and to is None:
        raise UsageError("Parquet goes into a file; name one with --to")
    return found


def _print(form: str, columns: tuple[ExportColumn, ...], rows: Iterator[Any]) -> None:
    from tracker.services.export.formats import write_csv, write_jsonl

    (write_csv if form == "csv" else write_jsonl)(columns, rows, sys.stdout)


def _write(form: str, columns: tuple[ExportColumn, ...], rows: Iterator[Any], path: Path) -> int:
    from tracker.services.export.formats import write_csv, write_jsonl, write_parquet

    if form == "parquet":
        return write_parquet(columns, rows, path)
    with path.open("w", encoding="utf-8", newline="") as out:
        return (write_csv if form == "csv" else write_jsonl)(columns, rows, out)


def evidence(
    seq: Annotated[int, typer.Argument(metavar="SEQ", help="The number of a change.", callback=storable)],
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="The zip file to write.")],
    force: Force = False,
    output: Output = None,
) -> None:
    """Write one change with both raw records, their hashes, addresses and times, as a zip file.

    \b
    Example:  trialwatch evidence 73 --to change-73.zip
    """
    from storage.engine.atomic_files import placed
    from tracker.context.open_store import open_store
    from tracker.services.export.evidence import write_evidence

    with open_store(settings()) as database, database.read() as session, placed(to, force=force) as beside:
        manifest = write_evidence(session, seq, beside)
    change = manifest["change"]
    about = {"file": str(to), "seq": seq, "trial": change["trial"], "kind": change["kind"]}
    emit(Answer({"evidence": about}, "evidence", tuple(about), table=lambda: _say(about)), output)


def _say(about: dict[str, Any]) -> None:
    from tracker.cli.terminal import console

    console().print(f"{about['file']}: change {about['seq']} of {about['trial']}, {about['kind']}.")
