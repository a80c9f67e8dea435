"""The number of participants in a cell of a table."""

from __future__ import annotations

from tracker.cli.render.column import Column, Row

__all__ = ["enrollment_column"]


def enrollment_column() -> Column:
    legend = {"(": "Enrolled in brackets: how many are planned."}
    return Column("enrollment", "Enrolled", _enrolled, right=True, legend=legend)


def _enrolled(row: Row) -> str:
    count, kind = row["enrollment"]["count"], row["enrollment"]["type"]
    if count is None:
        return "-"
    return f"({count:,})" if kind == "ESTIMATED" else f"{count:,}"
