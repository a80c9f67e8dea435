"""A table's rows are laid by hand where one line will do: each as rich would lay it, whatever it holds."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tracker.cli.render.column import Column
from tracker.cli.render.table import print_table

WIDTH = 140
"""Of a pipe."""
WORDS = st.text(st.sampled_from("abc de-漢é\u0301…👩x"), max_size=70).map(lambda it: " ".join(it.split()))


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


def by_rich(widths: list[int], columns: list[Column], rows: list[dict[str, str]]) -> str:
    """The whole table by rich alone."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    for column, width in zip(columns, widths, strict=True):
        side: Any = "right" if column.right else "left"
        cut: Any = "ellipsis" if column.line else "fold"
        table.add_column(column.heading, justify=side, overflow=cut, no_wrap=column.line, width=width)
    for row in rows:
        table.add_row(*(Text(row[it.key]) for it in columns))
    out = Console(file=io.StringIO(), width=WIDTH, markup=False, emoji=False, highlight=False)
    out.print(table)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


@given(
    rows=st.lists(st.fixed_dictionaries(dict.fromkeys("xyz", WORDS)), max_size=6),
    right=st.booleans(),
    line=st.booleans(),
)
def test_a_row_reads_as_rich_would_lay_it(rows: list[dict[str, str]], right: bool, line: bool) -> None:
    """One column as wide as what it holds, one that is cut, one that is cut or wrapped, each 30 wide."""
    columns = [
        Column("x", "First", right=right),
        Column("y", "Second", room=1, line=True),
        Column("z", "Third", room=1, line=line),
    ]
    wide = [{"x": "x" * 74, "y": "y" * 90, "z": "z" * 90}, *({**row, "x": row["x"][:30]} for row in rows)]
    out = io.StringIO()
    with redirect_stdout(out):
        print_table(columns, wide)
    assert out.getvalue() == by_rich([74, 31, 31], columns, wide)


def test_ten_thousand_rows_are_ten_thousand_lines() -> None:
    columns = [Column("trial", "Trial"), Column("title", "Title", room=1, line=True)]
    rows = [{"trial": f"NCT{number:08d}", "title": "long " * 60} for number in range(10_000)]
    out = io.StringIO()
    with redirect_stdout(out):
        print_table(columns, rows)
    lines = out.getvalue().splitlines()
    assert len(lines) == 10_002
    assert [line.split()[0] for line in lines[2:]] == [row["trial"] for row in rows]
    assert {len(line) for line in lines[2:]} == {WIDTH}
