"""Read text that a person wrote, from any editor, spreadsheet or shell.

1. A byte order mark decides: UTF-8, UTF-16 or UTF-32. Windows tools write one.
2. Bytes that are valid UTF-8 are UTF-8. Text in another encoding is almost never valid UTF-8 by chance.
3. Otherwise Windows-1252, but only if the caller allows it. A wrong character in a comment does no harm, one in a
   password does. The caller tells the person.
4. Everything else is refused with the step to take. No character is ever replaced.
"""

from __future__ import annotations

import codecs
import os
import re
from errno import EINVAL
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

__all__ = [
    "SAVE_AS_UTF8",
    "WINDOWS",
    "NotText",
    "Text",
    "decode_text",
    "lines_of",
    "read_bytes",
    "read_text",
    "recoded",
]

SAVE_AS_UTF8 = "save it as UTF-8"
WINDOWS = "cp1252"
# UTF-32 first, because its little-endian mark starts with the one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NEWLINE = re.compile(r"\r\n|\r|\n")


class NotText(ValueError):
    """Bytes that are not readable text. The message is a clause that says why and what to do. It shows no bytes."""


class Text(NamedTuple):
    """`encoding` is what the bytes were read as, in Python's names."""

    text: str
    encoding: str


def decode_text(data: bytes, *, windows: bool = False, nul: bool = False) -> Text:
    """Return the text of a file's bytes, without its mark. Line ends stay as they are. Raise NotText.

    With `windows`, bytes that are not UTF-8 may be Windows-1252. With `nul`, the text may hold NUL characters, such as
    between the names that ``find -print0`` writes.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(_by(data[len(mark) :], encoding), nul=nul)
    try:
        return _checked(Text(data.decode("utf-8"), "utf-8"), nul=nul)
    except UnicodeDecodeError as error:
        if windows:
            return _checked(_by(data, WINDOWS), nul=nul)
        line = len(_NEWLINE.findall(data[: error.start].decode("latin-1"))) + 1
        raise NotText(f"line {line} holds a letter that is not UTF-8; {SAVE_AS_UTF8}") from None


def read_bytes(path: Path) -> bytes:
    """Return the content of a plain file. Raise OSError, also for a pipe or a device, which may never end."""
    # Do not wait for the writer of a pipe. For a plain file, this flag changes nothing.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        if not S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(EINVAL, "it is not a plain file; copy what it gives to one, and name that", str(path))
        return file.read()


def read_text(path: Path) -> str:
    """Return the text of a file, with one character for each line end. Raise OSError (see `read_bytes`) and NotText."""
    return _NEWLINE.sub("\n", decode_text(read_bytes(path)).text)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text as an editor counts them. `str.splitlines` also splits at form feeds and U+2028."""
    lines = _NEWLINE.split(text)
    return lines if lines[-1] else lines[:-1]


def recoded(data: bytes) -> bytes:
    """Return bytes that begin with a mark as UTF-8 without one, for JSON. Others stay as they are. Raise NotText."""
    if data.startswith(tuple(mark for mark, _ in _MARKS)):
        return decode_text(data).text.encode()
    return data


def _by(data: bytes, encoding: str) -> Text:
    try:
        return Text(data.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        name = "Windows-1252" if encoding == WINDOWS else encoding.upper().removesuffix("-LE").removesuffix("-BE")
        at = f"byte {error.start} is not {name}"
        raise NotText(f"{at}, so it is no text or was damaged; {SAVE_AS_UTF8}") from None


def _checked(found: Text, *, nul: bool) -> Text:
    zeros = found.text.count("\0")
    if zeros * 3 > len(found.text):
        raise NotText(f"it looks like UTF-16 without its mark; {SAVE_AS_UTF8}")
    if zeros and not nul:
        raise NotText(f"it holds NUL characters, so it is no text; {SAVE_AS_UTF8}")
    return found
