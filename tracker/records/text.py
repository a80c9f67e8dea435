"""Text as people read it, and text as it is compared.

Registries return the same sentence in different forms: HTML entities, markdown escapes (``\\>``), composed or
decomposed letters, other line breaks. `tidy` removes these forms and keeps line breaks. `fold` also normalizes white
space and removes invisible marks. Two raw texts with the same fold count as the same text. Texts of a record are
already tidy. For them, `compared` gives the same result for two texts whose raw forms had the same fold.

No function here raises for any text, and none removes control characters: output code does that
(`tracker.records.clean`).
"""

from __future__ import annotations

import re
from typing import Any

from tracker.records.nfc import composed

__all__ = ["compared", "fold", "folded", "plain_words", "slug", "squeezed", "tidy", "unescape"]

_MARKDOWN_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>~|&^=$\"'/:;,?@%])")
_UNSEEN = "\u00ad\u200b\u200e\u200f\u2060\ufeff"
"""Soft hyphen, zero width space, direction marks, word joiner, byte order mark. They come with pasted text. Joiners and
overrides stay, because they change what is seen."""
_NO_UNSEEN = str.maketrans(dict.fromkeys(_UNSEEN))
_LONG_REFERENCE = re.compile(r"&#([0-9]{8,});?")
"""A reference with more digits than any character needs. Python refuses to parse numbers of thousands of digits."""
_MOST_DIGITS = 7
_MANY_BLANK_LINES = re.compile(r"\n{3,}")
_NOT_WORD = re.compile(r"[^\w]+|_+")
_SLUG_LENGTH = 64
_STOPS = ".,;:()[]\"'“”‘’"
_TYPED = str.maketrans(dict.fromkeys("‘’", "'") | dict.fromkeys("“”", '"') | dict.fromkeys("‐‑‒–—−", "-"))
"""Typographic quotes and dashes -> the ASCII ones."""
_POINTED = re.compile(rf"^(?![.,][0-9])[{re.escape(_STOPS)}]+?(?=[.,][0-9]|[^{re.escape(_STOPS)}]|$)")
"""Punctuation before a word, except the decimal point of a number such as .5."""


def unescape(text: str) -> str:
    """Replace HTML references as `html.unescape` does, for any number of digits."""
    if "&" not in text:
        return text
    if "&#" in text:
        text = _LONG_REFERENCE.sub(_bounded, text)
    import html  # noqa: PLC0415  (its table of 2,000 names, which a command that only shows texts never needs)

    return html.unescape(text)


def _bounded(found: re.Match[str]) -> str:
    """Return the reference with few digits, or the replacement character if no character has that number."""
    digits = found[1].lstrip("0")
    return "\ufffd" if len(digits) > _MOST_DIGITS else f"&#{digits or 0};"


def _is_plain(text: str) -> bool:
    """Return whether a text holds nothing that its sender may have escaped or composed. Most texts do not."""
    return text.isascii() and "&" not in text and "\\" not in text


def tidy(text: str) -> str:
    """Remove one layer of escapes, compose the letters, and normalize line breaks. Never raise."""
    text = unescape(text)
    if "\\" in text:
        text = _MARKDOWN_ESCAPE.sub(r"\1", text)
    if not text.isascii():
        text = composed(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\n" in text:
        text = "\n".join(map(str.rstrip, text.split("\n")))
        if "\n\n\n" in text:
            text = _MANY_BLANK_LINES.sub("\n\n", text)
    return text.strip()


def fold(text: str) -> str:
    """Return the form to compare and hash: `tidy`, with single spaces and no invisible marks."""
    return " ".join(text.split()) if _is_plain(text) else squeezed(tidy(text))


def compared(text: str) -> str:
    """Return the fold of a text that is already tidy.

    White space and invisible marks are removed first, because the content hash removes them last. Otherwise, one of
    them inside something that looks like an escape could make two texts with the same content differ.
    """
    return " ".join(text.split()) if _is_plain(text) else fold(squeezed(text))


def squeezed(text: str) -> str:
    """Return a tidy text with single spaces and no invisible marks: the fold of its raw form."""
    # A tidy text is composed already. Only where a mark is taken out, its neighbours may compose.
    if not text.isascii() and any(mark in text for mark in _UNSEEN):
        text = composed(text.translate(_NO_UNSEEN))
    return " ".join(text.split())


def folded(value: Any) -> Any:
    """Return `value` with every text in it in the form to compare. Two values are the same if the results are equal."""
    if isinstance(value, str):
        return compared(value)
    if isinstance(value, dict):
        return {key: folded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [folded(item) for item in value]
    return value


def plain_words(text: str) -> list[str]:
    """Return the words in lower case, without punctuation, brackets and quotes at their ends.

    Two texts with the same plain words differ at most in spelling. Characters inside a word (1.5), a leading decimal
    point (.5) and signs (<, -) are kept.
    """
    plain = compared(text).casefold().translate(_TYPED)
    return [word for part in plain.split() if (word := _POINTED.sub("", part).rstrip(_STOPS))]


def slug(text: str) -> str:
    """Return a readable key of at most 64 characters: lower-case words and hyphens. Not unique per text."""
    words = text if _is_plain(text) else compared(text)
    return _NOT_WORD.sub("-", words.casefold()).strip("-")[:_SLUG_LENGTH].rstrip("-")
