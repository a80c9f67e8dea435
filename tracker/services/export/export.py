"""Write one table to a file or a stream."""

from __future__ import annotations

import shutil
from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, TextIO

from storage.engine.database import Database
from storage.files.atomic_files import placed
from tracker.errors import RecordError, UsageError
from tracker.services.changes.moments import Moment
from tracker.services.export.chosen_trials import EVERY_TRIAL, TrialChoice, chosen_trials
from tracker.services.export.columns import RowsWanted
from tracker.services.export.formats import BINARY, Rows, write_csv, write_jsonl, write_parquet
from tracker.services.export.tables import TABLES, ExportTable

__all__ = ["ExportRequest", "Exported", "export"]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Which table, in which format, from when on. `to` is a file or a stream."""

    table: str
    form: str
    since: Moment
    to: Path | TextIO
    #: Replace a file that is there.
    force: bool = False
    #: Only these trials.
    choice: TrialChoice = EVERY_TRIAL
    #: Begin csv with a byte order mark. None: in a file, not in a stream.
    mark: bool | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what was not."""

    rows: int
    #: Versions that could not be read.
    left_out: Sequence[RecordError]
    #: Trials, of those that were named, about which nothing is stored.
    unknown: Sequence[str]
    #: How many cells of a sheet hold only the beginning of their text.
    shortened: int = 0


def export(database: Database, request: ExportRequest, today: date) -> Exported:
    """Write a table, a few rows at a time.

    Raise StoreRefused for the file, and UsageError for Parquet without DuckDB or a sheet that is too long. For the
    choice of trials see `chosen_trials`.
    """
    table, left_out = TABLES[request.table], list[RecordError]()
    trials, unknown = chosen_trials(database, request.choice, left_out)
    rows = table.rows(database, RowsWanted(request.since, today, trials), left_out)
    if not isinstance(request.to, Path):
        written, shortened = _write_stream(request, table, rows, today, request.to)
    else:
        with placed(request.to, force=request.force) as beside:
            written, shortened = _write_file(request, table, rows, today, beside)
    return Exported(written, left_out, unknown, shortened)


def _write_file(request: ExportRequest, table: ExportTable, rows: Rows, today: date, path: Path) -> tuple[int, int]:
    if request.form in BINARY:
        with path.open("wb") as out:
            return _write_binary(request, table, rows, today, out)
    is_marked = request.form == "csv" and request.mark is not False
    with path.open("w", encoding="utf-8-sig" if is_marked else "utf-8", newline="") as out:
        return _write_text(request, table, rows, out), 0


def _write_stream(request: ExportRequest, table: ExportTable, rows: Rows, today: date, to: TextIO) -> tuple[int, int]:
    if request.form not in BINARY:
        if request.form == "csv" and request.mark:
            _bytes_of(to, request.form).write(BOM_UTF8)
        return _write_text(request, table, rows, to), 0
    # Whole or not at all: half a file of these formats cannot be read.
    with TemporaryFile() as whole:
        out = _bytes_of(to, request.form)
        done = _write_binary(request, table, rows, today, whole)
        whole.seek(0)
        shutil.copyfileobj(whole, out)
    return done


def _bytes_of(to: TextIO, form: str) -> BinaryIO:
    """Return the bytes below a stream of text."""
    out = getattr(to, "buffer", None)
    if out is None:
        raise UsageError(f"{form} goes into a file; name one with --to")
    to.flush()
    found: BinaryIO = out
    return found


def _write_text(request: ExportRequest, table: ExportTable, rows: Rows, out: TextIO) -> int:
    return (write_csv if request.form == "csv" else write_jsonl)(table.columns, rows, out)


def _write_binary(
    request: ExportRequest, table: ExportTable, rows: Rows, today: date, out: BinaryIO
) -> tuple[int, int]:
    """Return the number of rows, and of cells that were shortened."""
    if request.form == "parquet":
        return write_parquet(table.columns, rows, out), 0
    from tracker.services.export.sheet import write_xlsx  # noqa: PLC0415  (70 ms, for this format alone)

    return write_xlsx(table.columns, rows, out, name=request.table, today=today)
