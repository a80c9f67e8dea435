"""Rows of an export as a spreadsheet (xlsx)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time
from math import isfinite
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError, FileSizeError

from tracker.errors import UsageError
from tracker.records.clean import clean
from tracker.services.export.columns import ExportColumn, Kind, day_of
from tracker.services.export.formats import Rows, text_of

__all__ = ["MOST_ROWS", "write_xlsx"]

MOST_ROWS = 1_048_576
"""The rows of a sheet, its heading included."""
_MOST_COLUMNS = 16_384
_LONGEST = 32_767
"""The longest text of a cell, in units of UTF-16."""
_EXACT = 2**53
"""Spreadsheets hold a number as a float. A larger whole number would lose digits, so it is text."""
_FIRST_YEAR = 1900
"""Spreadsheets have no earlier dates."""
_NOT_IN_XML = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}
_WIDEST = 60
_MEASURED = 200
"""How many rows decide how wide a column is."""
_FORMATS: dict[Kind, str] = {"day": "yyyy-mm-dd", "instant": "yyyy-mm-dd hh:mm:ss"}


def write_xlsx(
    columns: Iterable[ExportColumn], rows: Rows, out: BinaryIO, *, name: str, today: date
) -> tuple[int, int]:
    """Write a workbook with one sheet. Return the number of rows, and of cells that hold the beginning of their text.

    Raise UsageError if the rows or the columns are more than a sheet holds.
    """
    columns = tuple(columns)
    if len(columns) > _MOST_COLUMNS:
        raise UsageError(f"A sheet holds {_MOST_COLUMNS:,} columns, and {name} has {len(columns):,}", subject="xlsx")
    target = _Target(out)
    with TemporaryDirectory(prefix="trialwatch-export-") as folder:
        # Only the current row is in memory.
        book = Workbook(target, {"constant_memory": True, "tmpdir": folder})
        book.set_properties({"created": datetime.combine(today, time.min, UTC)})
        sheet = _Sheet(book, columns, name)
        try:
            sheet.fill(rows)
        except BaseException:
            target.is_lost = True
            with suppress(OSError, FileCreateError):
                book.close()  # it closes the files it works with, which are removed with their folder
            raise
        try:
            _close(book)
        finally:
            target.is_lost = True
    return sheet.rows, sheet.shortened


class _Target:
    """The file that the library writes to. Once it is lost, it ignores what it is asked.

    Otherwise a zip file that is half written would complain about the same failure when it is dropped.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._at = out.tell()
        self.is_lost = False

    def write(self, data: bytes) -> int:
        self._ask(lambda: self._out.write(data))
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int) -> int:
        self._ask(lambda: self._out.seek(offset))
        self._at = offset
        return offset

    def flush(self) -> None:
        self._ask(self._out.flush)

    def seekable(self) -> bool:
        return True

    def _ask(self, call: Callable[[], object]) -> None:
        if not self.is_lost:
            call()


def _close(book: Workbook) -> None:
    try:
        book.close()
    except FileSizeError as error:
        raise UsageError("A sheet holds 4 GB, and these rows are more; write csv or parquet", subject="xlsx") from error
    except FileCreateError as error:
        raise OSError(*error.args[0].args) from error


class _Sheet:
    """A sheet that is written row by row. Every cell is written as what it is: no text is a formula or a link."""

    def __init__(self, book: Workbook, columns: Sequence[ExportColumn], name: str) -> None:
        self._columns = columns
        self._formats = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
        self._widths = [len(column.name) + 3 for column in columns]  # with the button of the filter
        self._sheet = book.add_worksheet(name)
        self.rows = 0
        self.shortened = 0
        bold = book.add_format({"bold": True})
        for at, column in enumerate(columns):
            self._sheet.write_string(0, at, column.name, bold)
        self._sheet.freeze_panes(1, 0)

    def fill(self, rows: Rows) -> None:
        for row in rows:
            self.rows += 1
            if self.rows >= MOST_ROWS:
                raise UsageError(
                    f"A sheet holds {MOST_ROWS:,} rows, and these are more. Choose fewer trials (ids, --tag, --rule) "
                    "or a later --since, or write csv or parquet",
                    subject="xlsx",
                )
            self._add(row)
        for at, width in enumerate(self._widths):
            self._sheet.set_column(at, at, min(width, _WIDEST))
        self._sheet.autofilter(0, 0, self.rows, len(self._columns) - 1)

    def _add(self, row: Mapping[str, Any]) -> None:
        for at, column in enumerate(self._columns):
            value = row[column.name]
            if value is None:
                continue
            shown = self._write(at, column.kind, value)
            if self.rows <= _MEASURED:
                self._widths[at] = max(self._widths[at], shown + 1)

    def _write(self, at: int, kind: Kind, value: Any) -> int:
        """Write a value as its kind. Return how many characters it shows."""
        sheet, row = self._sheet, self.rows
        if isinstance(value, bool):
            sheet.write_boolean(row, at, value)
            return len("FALSE")
        if isinstance(value, int | float):
            if not isfinite(value):
                return 0
            if abs(value) <= _EXACT:
                sheet.write_number(row, at, value)
                return len(str(value))
        elif (when := _date_of(kind, value)) is not None:
            sheet.write_datetime(row, at, when, self._formats[kind])
            return len(_FORMATS[kind])
        text = _cell_text(value)
        if (whole := _units(text)) > _LONGEST:
            text = _beginning(text, whole)
            self.shortened += 1
        sheet.write_string(row, at, text)
        return max(map(len, text.split("\n")), default=0)


def _date_of(kind: Kind, value: Any) -> date | None:
    """Return a day, or an instant in UTC. None if the value is neither, or earlier than spreadsheets go."""
    if kind == "day":
        found = date.fromisoformat(value) if day_of(value) else None
    elif kind == "instant":
        # A spreadsheet knows no time zones.
        found = datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)
    else:
        return None
    return found if found is not None and found.year >= _FIRST_YEAR else None


def _cell_text(value: Any) -> str:
    text = clean(text_of(value) or "").translate(_NOT_IN_XML)
    # The library takes text in these marks for ready-made XML.
    return f"'{text}" if text.startswith("<r>") else text


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _beginning(text: str, whole: int) -> str:
    note = f" ... [cut: {whole:,} characters; csv, jsonl and parquet have all]"
    kept = text.encode("utf-16-le")[: 2 * (_LONGEST - len(note))].decode("utf-16-le", errors="ignore")
    return kept + note
