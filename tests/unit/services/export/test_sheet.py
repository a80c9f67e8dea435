"""A sheet is read back by another library: what is written as what, and where the format ends."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from tests.support.paths import ROOT
from tracker.errors import UsageError
from tracker.records.clean import clean
from tracker.services.export.columns import ExportColumn, Kind
from tracker.services.export.sheet import write_xlsx

DAY = date(2026, 8, 20)


def written(columns: Sequence[ExportColumn], rows: Any) -> tuple[Worksheet, bytes, tuple[int, int]]:
    out = io.BytesIO()
    done = write_xlsx(columns, rows, out, name="changes", today=DAY)
    book = load_workbook(io.BytesIO(out.getvalue()))
    assert book.sheetnames == ["changes"]
    return book["changes"], out.getvalue(), done


def cell(kind: Kind, value: Any) -> Cell:
    page, _, done = written([ExportColumn("column", kind)], [{"column": value}])
    assert done[0] == 1
    found: Cell = page.cell(2, 1)
    return found


def xml_of(book: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist())


@pytest.mark.parametrize(
    ("kind", "value", "type_", "read"),
    [
        ("day", "2026-05-12", "d", "2026-05-12 00:00:00"),
        ("day", "1900-01-31", "d", "1900-01-31 00:00:00"),
        ("day", "1899-12-31", "s", "1899-12-31"),
        ("day", "2026-05", "s", "2026-05"),
        ("instant", "2026-08-15T09:00:05Z", "d", "2026-08-15 09:00:05"),
        ("instant", "2026-08-15T01:00:05+02:00", "d", "2026-08-14 23:00:05"),
        ("integer", 42, "n", 42),
        ("integer", 2**53 + 1, "s", "9007199254740993"),
        ("number", 0.25, "n", 0.25),
        ("number", float("inf"), "n", None),
        ("number", None, "n", None),
        ("boolean", False, "b", False),
        ("text", "0123", "s", "0123"),
        ("json", ["a", 1], "s", '["a",1]'),
        ("json", 7, "n", 7),
    ],
)
def test_a_value_is_written_as_its_kind(kind: Kind, value: Any, type_: str, read: Any) -> None:
    found = cell(kind, value)
    value_read = str(found.value) if found.is_date else found.value
    assert (found.data_type, value_read) == (type_, read)


def test_dates_look_like_dates() -> None:
    assert cell("day", "2026-05-12").number_format == "yyyy-mm-dd"
    assert cell("instant", "2026-08-15T09:00:05Z").number_format == "yyyy-mm-dd hh:mm:ss"


HOSTILE = [
    *('=HYPERLINK("http://x","y")', "+1+1", "@sum(1)", "-2+3", "{=1}"),
    *("http://example.org", "mailto:a@example.org", "internal:Sheet1!A1"),
    *("_x0041_", " lead ", "a\nb", "<b>&\"'"),
]


@pytest.mark.fault("C11")
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula_or_a_link(text: str) -> None:
    page, book, _ = written([ExportColumn("column")], [{"column": text}])
    assert (page.cell(2, 1).data_type, page.cell(2, 1).hyperlink) == ("s", None)
    parts = xml_of(book)
    assert "<f>" not in parts and "<hyperlink" not in parts
    assert page.cell(2, 1).value == (
        text if text != "_x0041_" else "_x005F_x0041_"
    )  # openpyxl does not undo this escape


@given(st.text(max_size=40))
@example("<r><t>x</t></r>")
@example("<r></row></r>")
@example("\ufffe\uffff")
@example("\x00\x1f\u202e")
def test_every_text_makes_a_sheet_that_can_be_read(text: str) -> None:
    page, _, _ = written([ExportColumn("column")], [{"column": text}, {"column": "next"}])
    found = page.cell(2, 1).value or ""
    plain = clean(text).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
    assert found.replace("_x005F_", "_").removeprefix("'") == plain.replace("_x005F_", "_").removeprefix("'")
    assert page.cell(3, 1).value == "next"


def test_the_heading_is_bold_stays_and_filters() -> None:
    columns = [ExportColumn("trial"), ExportColumn("title"), ExportColumn("due", "day")]
    row = {"trial": "NCT00000001", "title": "A title that is " * 20, "due": "2026-05-12"}
    page, _, _ = written(columns, [row] * 3)
    assert [it.font.bold for it in page[1]] == [True] * 3 and not page["A2"].font.bold
    assert (page.freeze_panes, page.auto_filter.ref) == ("A2", "A1:C4")
    widths = [page.column_dimensions[letter].width for letter in "ABC"]
    assert 11 <= widths[0] < 20 and 50 < widths[1] < 70 and 10 <= widths[2] < 20


def test_the_same_rows_make_the_same_file() -> None:
    rows = [{"column": "x"}] * 5
    assert written([ExportColumn("column")], rows)[1] == written([ExportColumn("column")], rows)[1]


@pytest.mark.parametrize("text", ["a" * 32_768, "\U0001f600" * 16_384, "\u00e9" * 40_000])
def test_a_text_that_no_cell_holds_ends_with_a_note(text: str) -> None:
    page, _, done = written([ExportColumn("column")], [{"column": text}, {"column": text[:100]}])
    found = page.cell(2, 1).value
    assert len(found.encode("utf-16-le")) // 2 in (32_766, 32_767)
    kept, _, note = found.partition(" ... [cut: ")
    assert text.startswith(kept) and note.startswith(f"{len(text.encode('utf-16-le')) // 2:,} characters; csv")
    assert done == (2, 1) and page.cell(3, 1).value == text[:100]


def test_a_text_that_fills_a_cell_is_whole() -> None:
    page, _, done = written([ExportColumn("column")], [{"column": "a" * 32_767}])
    assert done == (1, 0) and page.cell(2, 1).value == "a" * 32_767


def test_more_rows_than_a_sheet_holds_are_refused_before_the_end() -> None:
    asked = 0

    def endless() -> Iterator[dict[str, int]]:
        nonlocal asked
        while True:
            asked += 1
            yield {"column": 1}

    out = io.BytesIO()
    with pytest.raises(UsageError, match=r"holds 1,048,576 rows.*csv or parquet"):
        write_xlsx([ExportColumn("column", "integer")], endless(), out, name="changes", today=DAY)
    assert (asked, out.getvalue()) == (1_048_576, b"")  # the heading takes a row


def test_more_columns_than_a_sheet_holds_are_refused() -> None:
    columns = [ExportColumn(f"c{number}") for number in range(16_385)]
    with pytest.raises(UsageError, match=r"16,384 columns"):
        write_xlsx(columns, [], io.BytesIO(), name="changes", today=DAY)


def test_an_error_among_the_rows_is_the_error_that_is_raised() -> None:
    def failing() -> Iterator[dict[str, Any]]:
        yield {"column": "x"}
        raise LookupError("the store is gone")

    out = io.BytesIO()
    with pytest.raises(LookupError, match="gone"):
        write_xlsx([ExportColumn("column")], failing(), out, name="changes", today=DAY)
    assert out.getvalue() == b""


FAILING = """
import resource, sys
from datetime import date
from tracker.services.export.columns import ExportColumn
from tracker.services.export.sheet import write_xlsx
if sys.argv[1] == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
rows = ({"column": str(number) * 20} for number in range(2000))
with open(sys.argv[2], "wb") as out:
    try:
        write_xlsx([ExportColumn("column")], rows, out, name="changes", today=date(2026, 8, 20))
    except OSError as error:
        print(error.strerror)
"""


@pytest.mark.parametrize(("way", "told"), [("full", "No space left on device"), ("limit", "File too large")])
def test_a_disk_without_room_is_one_error_and_no_more(tmp_path: Path, way: str, told: str) -> None:
    target = "/dev/full" if way == "full" else str(tmp_path / "x.xlsx")
    command = [sys.executable, "-X", "dev", "-c", FAILING, way, target]
    environment = {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.stdout == f"{told}\n"
    assert "Exception ignored in: <function ZipFile" not in run.stderr
    assert {it.name for it in tmp_path.iterdir()} <= {"x.xlsx"}
