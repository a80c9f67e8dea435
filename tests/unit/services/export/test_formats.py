"""Parquet has days where there are whole days, and null for anything else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tracker.services.export.columns import ExportColumn
from tracker.services.export.formats import write_parquet


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
