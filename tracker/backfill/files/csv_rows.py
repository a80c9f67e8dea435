"""Read a CSV file as spreadsheets write it into rows, each with the line it starts on. Pure.

Excel writes ``sep=;`` as the first line to name the separator. Without that line, the most frequent separator of the
first row is used. Spreadsheets separate by semicolons where numbers contain commas.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from tracker.text_files import lines_of

__all__ = ["rows_of"]

MARKS = ",;\t"
MOST_CELLS = 100_000
"""The most cells in one row, counting commas inside cells. Spreadsheets have 16,384 columns at most."""
_QUOTES = (
    "opens a quote that is not closed, or holds one that is not doubled; correct it there, or save the sheet again"
)
_SEP = re.compile(r'"?sep=([^"\r\n])"?[,;\t]*', re.IGNORECASE)


class _Cells:
    """Counts the cells of a row before the row is built. A row may span several lines (line breaks in quoted cells)."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self.count = 0

    def checked(self, line: str) -> str:
        """Return the line with its line end, as the reader needs it. Raise csv.Error."""
        self.count += line.count(self._mark) + 1
        if self.count > MOST_CELLS:
            raise csv.Error(f"a row has more than {MOST_CELLS:,} cells")
        return f"{line}\n"


def rows_of(text: str, mark: str = "") -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, with line numbers as an editor counts them.

    `mark` separates cells, "" if only the file itself says what does.
    Raise csv.Error, with the line of the row, also for a quote that is not closed. It would swallow the rows behind it.
    """
    lines = lines_of(text)
    separator = _SEP.fullmatch(lines[0].strip()) if lines else None
    before = 1 if separator else 0
    first = lines[before] if len(lines) > before else ""
    mark = separator[1] if separator else mark or max(MARKS, key=first.count)
    cells = _Cells(mark)
    reader = csv.reader(map(cells.checked, lines[before:]), delimiter=mark, strict=True)
    line = before + 1
    try:
        for row in reader:
            cells.count = 0
            if any(cell.strip() for cell in row):
                yield line, row
            line = before + reader.line_num + 1
    except csv.Error as error:
        what = f" {_QUOTES}" if "expected" in str(error) else f": {error}"
        raise csv.Error(f"line {line:,}{what}") from error
