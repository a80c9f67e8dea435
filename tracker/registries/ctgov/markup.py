"""Turn HTML texts of the history into the markdown of API v2. Both hold the same texts. Pure."""

from __future__ import annotations

import re
from typing import Any

from tracker.records.text import unescape

__all__ = ["as_v2", "plain"]

_TAG = re.compile(
    r"<(/?)(p|br|div|span|ul|ol|li|b|i|u|em|strong|sub|sup|mark|a|h[1-6]|table|tbody|tr|td|th)(\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_PARAGRAPHS = frozenset({"p", "div", "table", "tr", "ul", "ol", *(f"h{number}" for number in range(1, 7))})


def as_v2(value: Any) -> Any:
    """Return a document of the history with its texts as API v2 writes them. Nothing else is changed."""
    if type(value) is str:
        return plain(value)
    if type(value) is dict:
        return {key: as_v2(item) for key, item in value.items()}
    if type(value) is list:
        return [as_v2(item) for item in value]
    return value


def plain(text: str) -> str:
    """Return a text without its tags. List items begin with ``*`` or their number, and paragraphs are separated.

    Only known text tags count as tags. A bare ``<`` before anything else stays.
    """
    if "<" in text:
        text = _untagged(text)
    return unescape(text)


def _untagged(text: str) -> str:
    parts: list[str] = []
    lists: list[int | None] = []
    end = 0
    for tag in _TAG.finditer(text):
        parts.append(text[end : tag.start()])
        parts.append(_mark(tag[2].lower(), bool(tag[1]), lists))
        end = tag.end()
    parts.append(text[end:])
    return "".join(parts)


def _mark(name: str, closing: bool, lists: list[int | None]) -> str:
    """Return the replacement of a tag. `lists` are the enclosing lists: the number of the last item, or None for
    bullets.
    """
    if name in ("ul", "ol"):
        if not closing:
            lists.append(0 if name == "ol" else None)
        elif lists:
            lists.pop()
    if name == "li":
        return "" if closing else _bullet(lists)
    if name == "br":
        return "\n"
    return "\n\n" if name in _PARAGRAPHS else ""


def _bullet(lists: list[int | None]) -> str:
    if not lists or lists[-1] is None:
        return "\n* "
    lists[-1] += 1
    return f"\n{lists[-1]}. "
