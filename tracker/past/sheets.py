"""A csv as spreadsheets write it -> its rows, each with the line it begins in. Pure.

Excel writes ``sep=;`` as the first line, to say what stands between the cells. Without it the mark that stands most
often in the first row is taken: where a comma stands in numbers, spreadsheets write semicolons between them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from tracker.text_files import lines_of

__all__ = ["rows_of"]

MARKS = ",;\t"
_SEP = re.compile(r'"?sep=([^"\r\n])"?[,;\t]*', re.IGNORECASE)


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, with their lines as an editor counts them. Raises csv.Error."""
    text = "\n".join([*lines_of(text), ""])
    first, _, rest = text.partition("\n")
    said = _SEP.fullmatch(first.strip())
    before, body = (1, rest) if said else (0, text)
    mark = said[1] if said else max(MARKS, key=body.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=mark)
    line = before + 1
    for row in reader:
        if any(cell.strip() for cell in row):
            yield line, row
        line = before + reader.line_num + 1
