"""What a stream holds. It has no name that would say so, so its beginning decides. Pure."""

from __future__ import annotations

import re

from tracker.registries.ids import listed_in
from tracker.registries.trialpage import is_page_text
from tracker.text_files import NotText, decode_text, recoded

__all__ = ["ending_for", "not_importable"]

_FIRST = re.compile(rb"\s*([{\[<])")
_TWO_VALUES = re.compile(rb"\s*([{\[])[^\r\n]*[\r\n]\s*\1")
"""Two lines that begin alike. No JSON value that is a record, or a list of some, goes over lines like that."""
_ENOUGH = 10_000
"""How many characters of the first line decide."""
_LINE = re.compile(r"[^\r\n]+")
_BETWEEN_CELLS = re.compile(r"[,;\t]")
_OTHER_FILES = (
    (b"PK\x03\x04", "it is a spreadsheet or a zip file; save the sheet as csv, or unpack the files, and import that"),
    (b"\xd0\xcf\x11\xe0", "it is a spreadsheet of an old kind; save the sheet as csv and import that"),
    (b"\x1f\x8b", "it is compressed; unpack it into a stream: gunzip -c FILE | trialwatch import -"),
    (b"%PDF", "it is a PDF; copy the ids into a text file and import that"),
)


def not_importable(data: bytes) -> str:
    """Return why a file of a known other kind cannot be imported, with the step to take. "" if it may be."""
    return next((why for start, why in _OTHER_FILES if data.startswith(start)), "")


def ending_for(data: bytes, column: str | None) -> str:
    """Return the ending that a file with these bytes would have. With `column`, text is csv.

    JSON and pages begin with a bracket. Text is a list of ids if each word of its first line has a digit, as every id
    has. Otherwise it is csv: its first line is a heading, or a row with titles or names in it.
    """
    try:
        plain = recoded(data)
        first = _FIRST.match(plain)
        if first is not None:
            if first[1] == b"<":
                return ".html"
            return ".jsonl" if _TWO_VALUES.match(plain) else ".json"
        text = decode_text(data, windows=True, nul=True).text
    except NotText:
        return ".txt"  # its reader says why
    if is_page_text(text) or "\0" in text:
        return ".txt"
    return ".csv" if column is not None or not _begins_with_ids(text) else ".txt"


def _begins_with_ids(text: str) -> bool:
    """Return whether the first line with something on it holds words that may be ids, and nothing else."""
    lines = (found.group().partition("#")[0].strip() for found in _LINE.finditer(text))
    line = next((line for line in lines if line), "")[:_ENOUGH]
    words = [word for cell in _BETWEEN_CELLS.split(line) for word in listed_in(cell)]
    return '"' not in line and all(any(map(str.isdigit, word)) for word in words)
