"""The rules of RFC 4287, as far as a program can check them, written without the code that makes our feeds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from xml.etree.ElementTree import Element, fromstring

__all__ = ["problems"]

ATOM, XML = "{http://www.w3.org/2005/Atom}", "{http://www.w3.org/XML/1998/namespace}"
_COMMON = {f"{XML}base", f"{XML}lang"}
# Name -> least and most (None: any number) within its parent (4.1.1, 4.1.2, 3.2).
_ANY = (0, None)
_SHARED: dict[str, tuple[int, int | None]] = {
    **dict.fromkeys(("author", "category", "contributor", "link"), _ANY),
    **dict.fromkeys(("id", "title", "updated"), (1, 1)),
    "rights": (0, 1),
}
_CHILDREN: dict[str, dict[str, tuple[int, int | None]]] = {
    "feed": _SHARED | dict.fromkeys(("generator", "icon", "logo", "subtitle"), (0, 1)) | {"entry": _ANY},
    "entry": _SHARED | dict.fromkeys(("content", "published", "source", "summary"), (0, 1)),
    **{name: {"name": (1, 1), "uri": (0, 1), "email": (0, 1)} for name in ("author", "contributor")},
}
_ATTRIBUTES = {
    **{name: {"type"} for name in ("title", "subtitle", "summary", "rights")},
    "content": {"type", "src"},
    "link": {"href", "rel", "type", "hreflang", "title", "length"},
    "category": {"term", "scheme", "label"},
    "generator": {"uri", "version"},
}
_NEEDED = {"link": {"href"}, "category": {"term"}}
_TEXTS = frozenset(_ATTRIBUTES) - {"content", "link", "category", "generator"}
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")  # upper-case T and Z (3.3)
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_MEDIA = re.compile(r"[\w.+-]+/[\w.+-]+(?:;.*)?")


def problems(document: bytes) -> list[str]:
    """Return what is wrong with a feed. Raise ParseError if it is no XML at all."""
    feed = fromstring(document)
    if feed.tag != f"{ATOM}feed":
        return [f"the root is {feed.tag}"]
    return [*_element(feed), *_whole(feed)]


def _element(it: Element) -> Iterator[str]:
    name = it.tag.removeprefix(ATOM)
    extra = set(it.attrib) - _COMMON - _ATTRIBUTES.get(name, set())
    yield from (f"{name} has the attribute {attribute}" for attribute in extra)
    yield from (f"{name} has no {attribute}" for attribute in _NEEDED.get(name, set()) - set(it.attrib))
    allowed = _CHILDREN.get(name)
    if allowed is None:
        yield from _leaf(name, it)
        return
    if (it.text or "").strip() or any((child.tail or "").strip() for child in it):
        yield f"{name} has text between its children"
    counted = Counter(child.tag.removeprefix(ATOM) for child in it)
    yield from (f"{name} has the child {child}" for child in counted if child not in allowed)
    for child, (least, most) in allowed.items():
        if counted[child] < least or (most is not None and counted[child] > most):
            yield f"{name} has {counted[child]} of {child}"
    for child in it:
        yield from _element(child)


def _leaf(name: str, it: Element) -> Iterator[str]:
    text = it.text or ""
    if len(it):
        yield f"{name} has children"
    if name in _TEXTS and it.get("type", "text") not in ("text", "html"):  # xhtml would have children
        yield f"{name} has the type {it.get('type')}"
    if name == "content" and it.get("type", "text") not in ("text", "html"):
        yield f"content has the type {it.get('type')}"
    if name in ("updated", "published") and not _is_date(text):
        yield f"{name} is {text!r}"
    if name in ("id", "icon", "logo", "uri") and not _IRI.fullmatch(text):
        yield f"{name} is {text!r}"
    if name in ("name", "title") and not text.strip():
        yield f"{name} is empty"
    if name == "link":
        yield from _link(it)
    if name == "category" and not _IRI.fullmatch(it.get("scheme", "a:a")):
        yield f"the scheme is {it.get('scheme')!r}"


def _link(it: Element) -> Iterator[str]:
    if not _IRI.fullmatch(it.get("href", "")):
        yield f"href is {it.get('href')!r}"
    if "type" in it.attrib and not _MEDIA.fullmatch(it.attrib["type"]):
        yield f"a link has the type {it.get('type')!r}"
    if it.get("rel", "alternate") not in ("alternate", "related", "self", "enclosure", "via"):
        yield f"rel is {it.get('rel')!r}"


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _whole(feed: Element) -> Iterator[str]:
    """What holds between elements."""
    entries = feed.findall(f"{ATOM}entry")
    ids = Counter(it.findtext(f"{ATOM}id") for it in [feed, *entries])
    yield from (f"{name} names {number} things" for name, number in ids.items() if number > 1)
    authors = feed.find(f"{ATOM}author") is not None
    if not authors and not (entries and all(it.find(f"{ATOM}author") is not None for it in entries)):
        yield "there is no author"
    if not any(it.get("rel") == "self" for it in feed.findall(f"{ATOM}link")):
        yield "the feed has no link to itself"
    for it in [feed, *entries]:
        links = [link for link in it.findall(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"]
        kinds = Counter((link.get("type"), link.get("hreflang")) for link in links)
        yield from (f"{number} alternates of {kind}" for kind, number in kinds.items() if number > 1)
        if it is not feed and not links and it.find(f"{ATOM}content") is None:
            yield "an entry has neither content nor an alternate"
