"""Rows of an export as CSV, JSONL or Parquet."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import orjson

from storage.engine.private_files import opener
from tracker.errors import UsageError
from tracker.records.clean import json_safe, neutral
from tracker.services.export.columns import ExportColumn

__all__ = ["FORMATS", "Rows", "write_csv", "write_jsonl", "write_parquet"]

Rows = Iterable[Mapping[str, Any]]
FORMATS = ("csv", "jsonl", "parquet")
_SQL_TYPES = {
    "text": "VARCHAR",
    "json": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "instant": "TIMESTAMPTZ",
}


def write_csv(columns: Iterable[ExportColumn], rows: Rows, out: IO[str]) -> int:
    """Return the number of rows written. A value that a spreadsheet would take for a formula gets an apostrophe."""
    columns = tuple(columns)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    return _counted(rows, lambda row: writer.writerow([_cell(row[column.name]) for column in columns]))


def write_jsonl(columns: Iterable[ExportColumn], rows: Rows, out: IO[str]) -> int:
    """Return the number of rows written."""
    names = [column.name for column in columns]
    return _counted(rows, lambda row: out.write(json_safe(_json({name: row[name] for name in names})) + "\n"))


def write_parquet(columns: Iterable[ExportColumn], rows: Rows, path: Path) -> int:
    """Write a new file to `path`, and return the number of rows. Raise UsageError if DuckDB is not installed."""
    try:
        import duckdb  # noqa: PLC0415  (65 MB, and nobody else needs it)
    except ModuleNotFoundError as error:
        raise UsageError(
            "Parquet is written by DuckDB, which is not installed: pip install 'trialwatch[analytics]'",
            subject="parquet",
        ) from error
    columns = tuple(columns)
    types = {column.name: _SQL_TYPES[column.kind] for column in columns}
    with TemporaryDirectory(prefix="trialwatch-export-") as folder:
        # DuckDB creates the file itself, readable by all, and takes some names for addresses. So it writes to a place
        # of ours.
        lines, parquet = (Path(folder).absolute() / name for name in ("rows.jsonl", "rows.parquet"))
        with lines.open("w", encoding="utf-8") as out:
            written = _counted(rows, lambda row: out.write(_json(_flat(columns, row)) + "\n"))
        # DuckDB must not download anything: all it needs is in the package.
        settings: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        with duckdb.connect(config=settings) as engine:
            source = engine.read_json(
                str(lines), columns=types, format="newline_delimited", maximum_object_size=1 << 28
            )
            source.write_parquet(str(parquet), compression="zstd")
        with parquet.open("rb") as made, open(path, "wb", opener=opener) as out:
            shutil.copyfileobj(made, out)
    return written


def _counted(rows: Rows, write: Callable[[Mapping[str, Any]], object]) -> int:
    number = 0
    for row in rows:
        write(row)
        number += 1
    return number


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _flat(columns: Iterable[ExportColumn], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row whose JSON values are text."""
    return {it.name: _text(row[it.name]) if it.kind == "json" else row[it.name] for it in columns}


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else _json(value)


def _cell(value: Any) -> str:
    text = _text(value)
    return "" if text is None else neutral(text)
