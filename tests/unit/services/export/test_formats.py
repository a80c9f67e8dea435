"""Parquet has days where there are whole days, and null for anything else. In csv, numbers are numbers."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from tracker.services.export.columns import ExportColumn
from tracker.services.export.formats import write_csv, write_parquet


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-05-12", date(2026, 5, 12)),
        ("1899-12-31", date(1899, 12, 31)),
        ("2026-05", None),
        ("2026", None),
        ("2026-02-30", None),
        ("", None),
        (None, None),
    ],
)
def test_a_day_is_a_day_or_null(tmp_path: Path, text: str | None, read: date | None) -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB (extra: analytics) is not installed")
    with (tmp_path / "x.parquet").open("wb") as out:
        assert write_parquet([ExportColumn("day", "day")], [{"day": text}], out) == 1
    assert duckdb.sql(f"SELECT day FROM '{tmp_path / 'x.parquet'}'").fetchall() == [(read,)]


def cells(column: ExportColumn, *values: object) -> list[str]:
    out = io.StringIO()
    write_csv([column], [{column.name: value} for value in values], out)
    return [cell for [cell] in csv.reader(io.StringIO(out.getvalue()))][1:]


@pytest.mark.parametrize("number", [-1e-7, -2.5e16, -0.0, -1, 10**15, 1e300])
def test_a_number_is_a_number_in_csv_however_it_is_written(number: float) -> None:
    """One apostrophe makes a program read the whole column as text."""
    assert [float(cell) for cell in cells(ExportColumn("ci_lower_limit", "number"), number)] == [number]


def test_a_text_that_looks_like_such_a_number_is_kept_from_being_a_formula() -> None:
    column = ExportColumn("value")
    assert cells(column, "-1e-7", "-1", "=1+1", "-1+1") == ["'-1e-7", "-1", "'=1+1", "'-1+1"]
    assert cells(ExportColumn("value", "json"), -1e-7, True, ["-1e-7"]) == ["-1e-7", "true", '["-1e-7"]']
