"""Rows of an export as CSV, JSONL or Parquet. `sheet` writes xlsx."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, BinaryIO

import orjson

from tracker.config.extras import install_extra
from tracker.errors import UsageError
from tracker.records.clean import json_safe, neutral
from tracker.services.export.columns import ExportColumn, Kind, day_of

__all__ = ["BINARY", "FORMATS", "Rows", "text_of", "write_csv", "write_jsonl", "write_parquet"]

Rows = Iterable[Mapping[str, Any]]
FORMATS = ("csv", "xlsx", "jsonl", "parquet")
BINARY = ("xlsx", "parquet")
"""Those that are no text."""
_SQL_TYPES = {
    "text": "VARCHAR",
    "json": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "day": "DATE",
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


def write_parquet(columns: Iterable[ExportColumn], rows: Rows, out: BinaryIO) -> int:
    """Return the number of rows written. A day that is no date is null. Raise UsageError if DuckDB is not installed."""
    try:
        import duckdb  # noqa: PLC0415  (65 MB, and nobody else needs it)
    except ModuleNotFoundError as error:
        raise UsageError(
            "Parquet is written by DuckDB, which is not installed. In the folder of Trialwatch's source: "
            f"{install_extra('analytics')}",
            subject="parquet",
        ) from error
    columns = tuple(columns)
    types = {column.name: _SQL_TYPES[column.kind] for column in columns}
    with TemporaryDirectory(prefix="trialwatch-export-") as folder:
        # DuckDB creates the file itself, readable by all, and takes some names for addresses. So it writes to a place
        # of ours.
        lines, parquet = (Path(folder).absolute() / name for name in ("rows.jsonl", "rows.parquet"))
        with lines.open("w", encoding="utf-8") as text:
            written = _counted(rows, lambda row: text.write(_json(_flat(columns, row)) + "\n"))
        # DuckDB must not download anything: all it needs is in the package.
        settings: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        with duckdb.connect(config=settings) as engine:
            source = engine.read_json(
                str(lines), columns=types, format="newline_delimited", maximum_object_size=1 << 28
            )
            source.write_parquet(str(parquet), compression="zstd")
        with parquet.open("rb") as made:
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
    """Return a row whose JSON values are text, and whose days are days."""
    return {it.name: _flat_value(it.kind, row[it.name]) for it in columns}


def _flat_value(kind: Kind, value: Any) -> Any:
    if kind == "json":
        return text_of(value)
    return day_of(value) if kind == "day" else value


def text_of(value: Any) -> str | None:
    """Return a value as text, bare if it is text itself, else as JSON."""
    return value if value is None or isinstance(value, str) else _json(value)


def _cell(value: Any) -> str:
    text = text_of(value)
    if text is None:
        return ""
    # A number is no formula, however it is written: an apostrophe would make its column one of texts.
    return text if isinstance(value, (int, float)) else neutral(text)
