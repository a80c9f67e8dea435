"""A csv as spreadsheets write it -> its rows, each with the line it begins in. Pure.

Excel writes ``sep=;`` as the first line, to say what stands between the cells. Without it the mark that stands most
often in the first row is taken: where a comma stands in numbers, spreadsheets write semicolons between them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from tracker.text_files import lines_of

__all__ = ["rows_of"]

MARKS = ",;\t"
MOST_CELLS = 100_000
"""Cells of one row, commas within the cells among them. Spreadsheets have 16,384 columns at most."""
_SEP = re.compile(r'"?sep=([^"\r\n])"?[,;\t]*', re.IGNORECASE)


class _Cells:
    """Counts what a row will hold before it is made; a quoted cell may hold line breaks, so a row is several lines."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self.count = 0

    def checked(self, line: str) -> str:
        """The line with its end, as the reader wants it. Raises csv.Error."""
        self.count += line.count(self._mark) + 1
        if self.count > MOST_CELLS:
            raise csv.Error(f"a row has more than {MOST_CELLS:,} cells")
        return f"{line}\n"


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, with their lines as an editor counts them. Raises csv.Error."""
    lines = lines_of(text)
    said = _SEP.fullmatch(lines[0].strip()) if lines else None
    before = 1 if said else 0
    first = lines[before] if len(lines) > before else ""
    mark = said[1] if said else max(MARKS, key=first.count)
    cells = _Cells(mark)
    reader = csv.reader(map(cells.checked, lines[before:]), delimiter=mark)
    line = before + 1
    for row in reader:
        cells.count = 0
        if any(cell.strip() for cell in row):
            yield line, row
        line = before + reader.line_num + 1
