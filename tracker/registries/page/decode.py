"""The bytes of a page -> its text, by fixed rules. Nothing is ever replaced. Bytes that do not fit are refused. Pure.

1. A byte order mark decides: UTF-8, UTF-16.
2. Bytes that are valid UTF-8 are UTF-8, even if something else is declared. Text in another charset is hardly ever
   valid UTF-8.
3. Otherwise a declared latin-1 or windows-1252 is read as windows-1252, as browsers do. `Content-Type` declares it, or
   else the first 1,024 bytes of the page.
4. Everything else is refused. So are NULs (UTF-16 without its mark) and U+FFFD, which shows that the page was already
   decoded wrongly: changes would be nothing but replacement characters.
"""

from __future__ import annotations

import codecs
import re

from tracker.registries.page.page_errors import PageRefused

__all__ = ["MAX_BYTES", "decode"]

MAX_BYTES = 8 * 1024 * 1024
"""Trial pages are far smaller. A larger page is refused before any processing."""
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = re.compile(r"charset\s*=\s*['\"]?\s*([\w.:-]{1,40})", re.IGNORECASE)
_LATIN = frozenset({"iso-8859-1", "iso8859-1", "latin1", "latin-1", "l1", "windows-1252", "cp1252", "x-cp1252"})
_HEAD = 1024


def decode(body: bytes, content_type: str = "") -> str:
    """Return the text of `body`. `content_type`: the header it came with, or "". Raise PageRefused."""
    if len(body) > MAX_BYTES:
        raise PageRefused(f"the page is larger than {MAX_BYTES // 1024 // 1024} MB")
    text = _decoded(body, content_type)
    if "\0" in text:
        raise PageRefused("the page holds NUL characters: it is not text, or UTF-16 without its mark")
    if "\ufffd" in text:
        raise PageRefused("the page holds replacement characters: it was decoded wrongly before it reached us")
    return text


def _decoded(body: bytes, content_type: str) -> str:
    for mark, charset in _MARKS:
        if body.startswith(mark):
            return _by(body[len(mark) :], charset)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        declared = _declared(content_type) or _declared(body[:_HEAD].decode("latin-1"))
    return _by(body, "windows-1252" if declared in _LATIN else declared or "utf-8")


def _declared(text: str) -> str:
    found = _DECLARED.search(text)
    return found[1].lower() if found else ""


def _by(body: bytes, charset: str) -> str:
    if charset not in ("utf-8", "utf-16-le", "utf-16-be", "windows-1252"):
        raise PageRefused(f"the page is in the charset {charset!r}, which we do not read")
    try:
        return body.decode(charset)
    except UnicodeDecodeError as error:
        raise PageRefused(f"the page is not in its charset {charset} (byte {error.start})") from error
