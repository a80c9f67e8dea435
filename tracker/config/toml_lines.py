"""Find the line of a setting in a TOML file, for messages about it. Pure.

TOML parsers give no line numbers. This module reads just enough of the file to find a key in a table, or in the n-th
table of an array. A setting that it does not find has no line.
"""

from __future__ import annotations

import re

from tracker.text_files import lines_of

__all__ = ["is_header", "line_of"]

_HEADER = re.compile(r"\s*\[(\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+))\s*=""")
Step = str | int


def is_header(line: str) -> bool:
    """Return whether a table begins in this line."""
    return _HEADER.match(line) is not None


def line_of(text: str, path: tuple[Step, ...]) -> int | None:
    """Return the line of the last part of `path` that is found: `("channel", 1, "url")`, `("ctgov", "contact")`,
    `("x",)`.

    An index counts the tables of an array from 0. Return None if even the first part is missing.
    """
    names = [part for part in path if isinstance(part, str)]
    index = next((part for part in path if isinstance(part, int)), 0)
    table, found, seen = "", None, -1
    for number, line in enumerate(lines_of(text), 1):
        if header := _HEADER.match(line):
            table = header[2].strip("\"' ")
            if table == names[0]:
                seen += 1
                if seen == index or not header[1]:
                    found = number
            continue
        key = _KEY.match(line)
        if key is None:
            continue
        name = key[1] or key[2] or key[3]
        if not table and name == names[0]:
            return number
        if table == names[0] and seen in (index, -1) and len(names) > 1 and name == names[1]:
            return number
    return found
