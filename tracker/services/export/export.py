"""Write one table to a file or a stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TextIO

from storage.engine.atomic_files import placed
from storage.engine.database import Database
from tracker.errors import RecordError, UsageError
from tracker.services.changes.moments import Moment
from tracker.services.export.formats import Rows, write_csv, write_jsonl, write_parquet
from tracker.services.export.tables import TABLES, ExportColumn

__all__ = ["ExportRequest", "Exported", "export"]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Which table, in which format, from when on. `to` is a file, or a stream (not for Parquet)."""

    table: str
    form: str
    since: Moment
    to: Path | TextIO
    #: Replace a file that is there.
    force: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """The number of rows, and the versions that could not be read."""

    rows: int
    left_out: Sequence[RecordError]


def export(database: Database, request: ExportRequest, today: date) -> Exported:
    """Write a table, a few rows at a time. Raise StoreRefused for the file, UsageError for Parquet without DuckDB."""
    table, left_out = TABLES[request.table], list[RecordError]()
    rows = table.rows(database, request.since, today, left_out)
    if not isinstance(request.to, Path):
        return Exported(_write_text(request.form, table.columns, rows, request.to), left_out)
    with placed(request.to, force=request.force) as beside:
        if request.form == "parquet":
            return Exported(write_parquet(table.columns, rows, beside), left_out)
        with beside.open("w", encoding="utf-8", newline="") as out:
            return Exported(_write_text(request.form, table.columns, rows, out), left_out)


def _write_text(form: str, columns: Sequence[ExportColumn], rows: Rows, out: TextIO) -> int:
    if form not in ("csv", "jsonl"):
        raise UsageError(f"{form} goes into a file; name one with --to")
    return (write_csv if form == "csv" else write_jsonl)(columns, rows, out)
