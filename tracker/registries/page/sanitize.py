"""HTML text -> HTML text that is safe for a parser. Pure, linear, and run before any parser sees the page.

A parser in C cannot be interrupted, and is quadratic in several ways: 100,000 nested tags take it 17 seconds, 50,000
attributes of one tag 7, a thousand unclosed <b> half a second. So it never gets the received page. It gets the page as
rewritten here: with counted tags, all closed, at most `MAX_DEPTH` deep, and only the few attributes that we use.
Scripts, styles, drawings and comments are left out. Text stays as it is.

This module reads HTML as people write it, not all corners of the standard. For unusual pages the tree may differ from a
browser's. The output is never larger than the page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tracker.registries.page.page_errors import PageRefused

__all__ = ["MAX_CHARS", "MAX_DEPTH", "MAX_TAGS", "sanitize"]

MAX_CHARS = 4 * 1024 * 1024
MAX_DEPTH = 200
MAX_TAGS = 60_000
_LONGEST_VALUE = 2000

_VOID = frozenset("area base basefont bgsound br col embed frame hr img input link meta param source track wbr".split())
# Their content is not markup. It runs to their own end tag.
_RAW = frozenset("script style xmp iframe noembed noframes textarea title plaintext".split())
# Left out with all their content.
_DROPPED = frozenset("svg math template object noscript select datalist canvas audio video".split())
_KEPT = frozenset({"id", "class", "href"})
# An open element ends where another of its group (first set) begins, unless an element of the second set lies between.
_IMPLIED: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    name: (frozenset(group.split()), frozenset(within.split()))
    for names, group, within in (
        ("li", "li", "ul ol menu table"),
        ("dt dd", "dt dd", "dl table"),
        ("td th", "td th", "tr table"),
        ("tr", "tr td th", "table"),
        ("tbody thead tfoot", "tbody thead tfoot", "table"),
        (
            "p div ul ol dl table section article main header footer nav aside form h1 h2 h3 h4 h5 h6 pre hr",
            "p",
            "div li td th table section article main body button dd",
        ),
    )
    for name in names.split()
}
# Tags inside of these close no element outside.
_WALLS = frozenset({"table", "td", "th", "caption"})
_TABLE = frozenset({"table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "body", "html"})

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9:_-]{0,60}")
_ATTRIBUTE = re.compile(r"[\s/]*([^\s/>=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']*)))?|[\s/=]+")


def sanitize(text: str) -> str:
    """Return the page, rewritten. Raise PageRefused if it is too large, too deep or nothing but tags."""
    if len(text) > MAX_CHARS:
        raise PageRefused(f"the page is longer than {MAX_CHARS:,} characters")
    return "".join(_Sanitizer(text).pieces())


class _Sanitizer:
    """One pass over one page. `_open`: the elements that are open here, the outermost first."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._tags = 0
        self._open: list[str] = []
        self._count: Counter[str] = Counter()
        self._dropping = 0

    def pieces(self) -> Iterator[str]:
        text = self._text
        while self._at < len(text):
            start = text.find("<", self._at)
            start = len(text) if start < 0 else start
            if start > self._at and not self._dropping:
                yield text[self._at : start]
            self._at = start
            if start < len(text):
                yield from self._markup()
        yield from self._close_down_to(0)

    def _markup(self) -> Iterator[str]:
        """Yield the rewritten markup that begins with the `<` here."""
        text, at = self._text, self._at
        self._tags += 1
        if self._tags > MAX_TAGS:
            raise PageRefused(f"the page has more than {MAX_TAGS:,} tags")
        closing = text.startswith("/", at + 1)
        name = _NAME.match(text, at + 1 + closing)
        if name is not None:
            yield from self._tag(name.group().lower(), name.end(), closing)
        elif text.startswith("<!--", at):
            self._at = _after(text, "-->", at + 4 - 2 * text.startswith(("<!-->", "<!--->"), at))
        elif closing or text.startswith(("<!", "<?"), at):
            self._at = _after(text, ">", at)
        else:  # a single "<", as in "< 37 weeks"
            self._at = at + 1
            if not self._dropping:
                yield "&lt;"

    def _tag(self, name: str, at: int, closing: bool) -> Iterator[str]:
        kept = self._attributes(at)
        if closing:
            yield from self._close(name)
        elif name in _RAW:
            self._at = self._end_of_raw(name)
        elif name in _VOID:
            if not self._dropping:
                yield f"<{name}>"
        else:
            yield from self._imply(name)
            yield from self._begin(name, kept)

    def _attributes(self, at: int) -> str:
        """Return the attributes to keep, rewritten. Move the position behind the tag's `>`."""
        text, kept = self._text, ""
        while at < len(text) and text[at] != ">":
            found = _ATTRIBUTE.match(text, at)
            if found is None or found.end() == at:
                at += 1
                continue
            at = found.end()
            name = (found[1] or "").lower()
            if name in _KEPT and f" {name}=" not in kept:
                value = found[2] or found[3] or found[4] or ""
                kept += f' {name}="{_quoted(value[:_LONGEST_VALUE])}"'
        self._at = at + 1
        return kept

    def _end_of_raw(self, name: str) -> int:
        end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(self._text, self._at)
        return _after(self._text, ">", end.end()) if end else len(self._text)

    def _begin(self, name: str, kept: str) -> Iterator[str]:
        if len(self._open) >= MAX_DEPTH:
            raise PageRefused(f"the page nests deeper than {MAX_DEPTH} tags")
        self._open.append(name)
        self._count[name] += 1
        self._dropping += name in _DROPPED
        if not self._dropping:
            yield f"<{name}{kept}>"

    def _imply(self, name: str) -> Iterator[str]:
        """End the elements that the beginning of `name` ends."""
        group, within = _IMPLIED.get(name, (frozenset(), frozenset()))
        if not any(self._count[other] for other in group):
            return
        outermost = len(self._open)
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place] in within:
                break
            if self._open[place] in group:
                outermost = place
        yield from self._close_down_to(outermost)

    def _close(self, name: str) -> Iterator[str]:
        """End the innermost `name` and all elements open in it. Ignore a `name` that is not open here."""
        if not self._count[name]:
            return
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place] == name:
                yield from self._close_down_to(place)
                return
            if self._open[place] in _WALLS and name not in _TABLE:
                return

    def _close_down_to(self, place: int) -> Iterator[str]:
        while len(self._open) > place:
            name = self._open.pop()
            self._count[name] -= 1
            if not self._dropping:
                yield f"</{name}>"
            self._dropping -= name in _DROPPED


def _after(text: str, mark: str, at: int) -> int:
    """Return the position behind the next `mark`, or the end of the text."""
    found = text.find(mark, at)
    return len(text) if found < 0 else found + len(mark)


def _quoted(value: str) -> str:
    return value.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
