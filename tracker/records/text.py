"""Text as a person reads it, and text as we compare it.

Registries hand out the same sentence in several dresses: HTML entities, markdown escapes (``\\>``), composed or
decomposed letters, other line breaks. `tidy` takes the dress off and keeps line breaks; `fold` drops white space too,
and the marks that no reader can see.
Two texts with the same fold are the same text to us. A text of a record has had its dress taken off already: records
are compared by `compared`, which gives the same for two texts whose raw forms had the same fold.
Nothing here raises for any text, and nothing here removes control characters: that is the business of
whoever prints (see `tracker.records.clean`).
"""

from __future__ import annotations

import html
import re
from typing import Any

from tracker.records.nfc import composed

__all__ = ["compared", "fold", "folded", "one_line", "plain_words", "slug", "squeezed", "tidy", "unescape"]

_MARKDOWN_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>~|&^=$\"'/:;,?@%])")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff"))
"""Soft hyphen, zero width space, direction marks, word joiner, byte order mark: they come with pasted text. Joiners and
overrides stay: they change what is seen."""
_LONG_REFERENCE = re.compile(r"&#([0-9]{8,});?")
"""A reference with more digits than any character needs. Python refuses to read a number of thousands of digits."""
_MOST_DIGITS = 7
_MANY_BLANK_LINES = re.compile(r"\n{3,}")
_NOT_WORD = re.compile(r"[^\w]+|_+")
_SLUG_LENGTH = 64
_STOPS = ".,;:()[]\"'“”‘’"
_TYPED = str.maketrans(dict.fromkeys("‘’", "'") | dict.fromkeys("“”", '"') | dict.fromkeys("‐‑‒–—−", "-"))
"""Quotes and dashes as a typesetter writes them -> as a typist does."""
_POINTED = re.compile(rf"^(?![.,][0-9])[{re.escape(_STOPS)}]+?(?=[.,][0-9]|[^{re.escape(_STOPS)}]|$)")
"""The stops before a word, but for the point that makes a tenth of a number (.5)."""


def unescape(text: str) -> str:
    """The text with its HTML references replaced, as `html.unescape` does it, but for any number of digits."""
    if "&" not in text:
        return text
    if "&#" in text:
        text = _LONG_REFERENCE.sub(_bounded, text)
    return html.unescape(text)


def _bounded(found: re.Match[str]) -> str:
    """The reference in few digits; what no character has as its number becomes the replacement character."""
    digits = found[1].lstrip("0")
    return "\ufffd" if len(digits) > _MOST_DIGITS else f"&#{digits or 0};"


def tidy(text: str) -> str:
    """The text without one layer of escapes, in composed Unicode form, with plain line breaks. Never raises."""
    text = unescape(text)
    if "\\" in text:
        text = _MARKDOWN_ESCAPE.sub(r"\1", text)
    if not text.isascii():
        text = composed(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\n" in text:
        text = _MANY_BLANK_LINES.sub("\n\n", "\n".join(map(str.rstrip, text.split("\n"))))
    return text.strip()


def one_line(text: str) -> str:
    """The text on one line: for titles, names and labels, of which a line of its own could pass for another field."""
    return " ".join(text.split())


def fold(text: str) -> str:
    """`tidy`, with every run of white space as one blank and without invisible marks: what is compared and hashed."""
    return squeezed(tidy(text))


def compared(text: str) -> str:
    """The fold of a text that is tidy already.

    White space and invisible marks go first, because the content hash takes them out last: one of them inside of what
    looks like an escape must not make two texts of one content differ.
    """
    return fold(squeezed(text))


def squeezed(text: str) -> str:
    """A tidy text with every run of white space as one blank and without invisible marks: the fold of its raw form."""
    if not text.isascii():
        text = composed(text.translate(_UNSEEN))
    return " ".join(text.split())


def folded(value: Any) -> Any:
    """A value of a record with every text in it as it is compared: two are the same to us when these are equal."""
    if isinstance(value, str):
        return compared(value)
    if isinstance(value, dict):
        return {key: folded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [folded(item) for item in value]
    return value


def plain_words(text: str) -> list[str]:
    """The words without letter case, and without stops, brackets and quotes at their ends.

    Two texts of the same plain words were at most spelled anew: what is inside a word (1.5), the point of a number
    that begins with it (.5) or a sign (<, -) counts.
    """
    plain = compared(text).casefold().translate(_TYPED)
    return [word for part in plain.split() if (word := _POINTED.sub("", part).rstrip(_STOPS))]


def slug(text: str) -> str:
    """A readable key: lower-case words joined by hyphens, at most 64 characters. Different texts may share a slug."""
    return _NOT_WORD.sub("-", compared(text).casefold()).strip("-")[:_SLUG_LENGTH].rstrip("-")
