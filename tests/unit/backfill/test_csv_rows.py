"""Rows of sheets: what spreadsheets write is read, and a quote that would swallow rows is named."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.backfill.files.csv_rows import rows_of

ROWS = st.lists(st.lists(st.text(alphabet="ab 5\",;'\t\n"), min_size=2, max_size=4), min_size=1, max_size=5)


@given(ROWS, st.sampled_from(",;\t"), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]))
def test_what_a_spreadsheet_writes_is_read(rows: list[list[str]], mark: str, quoting: int) -> None:
    """Excel and LibreOffice quote a cell with a quote, a separator or a line end in it, and double its quotes."""
    out = io.StringIO()
    csv.writer(out, delimiter=mark, quoting=quoting).writerows(rows)
    [_, *read] = [row for _, row in rows_of(f"one{mark}two\r\n{out.getvalue()}")]
    assert read == [row for row in rows if any(cell.strip() for cell in row)]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('Tumors of 5" or more,x', ['Tumors of 5" or more', "x"]),
        ('the "big" one,x', ['the "big" one', "x"]),
        ('"5"" or more, or none","x"', ['5" or more, or none', "x"]),
        ('NCT00000001, "x"', ["NCT00000001", ' "x"']),
        ('"","x"', ["", "x"]),
    ],
)
def test_a_quote_that_swallows_nothing_is_read(line: str, cells: list[str]) -> None:
    assert list(rows_of(f"a,b\n{line}\nc,d")) == [(1, ["a", "b"]), (2, cells), (3, ["c", "d"])]


@pytest.mark.parametrize("line", ['"Tumors of 5,x', '"the "big" one",x', '"Tumors of 5,x\nc,"d"', '"one" more,x'])
def test_quotes_that_do_not_match_are_named_by_their_line(line: str) -> None:
    with pytest.raises(csv.Error, match=r"^line 3 opens a quote that is not closed, or holds one that is not doubled"):
        list(rows_of(f"a,b\n1,2\n{line}\ne,f"))


def test_a_cell_that_is_too_long_is_named_by_its_line() -> None:
    before = csv.field_size_limit(1000)  # of the whole process: other tests raise it
    try:
        with pytest.raises(csv.Error, match=r"^line 2: field larger"):
            list(rows_of("a,b\n" + "x" * 2000))
    finally:
        csv.field_size_limit(before)
