"""Changes as an Atom feed (RFC 4287): one entry per event. Pure.

Texts of a registry come from strangers. Everything that XML or a reader could obey is shown instead (`clean`), and the
library of Python's own writes the XML, so no text can leave its element.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

from tracker.alerts.render.wording import left_words, told_fields
from tracker.api.changes import ChangeObject
from tracker.changes.wording.days import day_words, minute_words
from tracker.changes.wording.headline import headline
from tracker.changes.wording.lines import one_line
from tracker.changes.wording.values import field_words, values_apart
from tracker.records.clean import clean
from tracker.registries.ids import links_of

__all__ = ["MOST_FIELDS", "atom_feed", "entry_id"]

ATOM = "http://www.w3.org/2005/Atom"
MOST_FIELDS = 50
"""Most details shown of one change. Its page shows all."""
_TITLE, _LABEL, _VALUE, _SUMMARY = 300, 200, 400, 2_000
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NO_CHARACTERS = re.compile("[\ufffe\uffff]")
"""What XML 1.0 forbids beyond what `clean` replaces."""


def atom_feed(
    title: str,
    self_url: str,
    page_url: str,
    store_id: str,
    changes: Iterable[ChangeObject],
    titles: Mapping[str, str],
    base_url: str,
    updated: datetime,
) -> bytes:
    """Return the feed of some changes as a document in UTF-8, the newest first.

    `self_url` is the address that was asked, `page_url` that of the page with the same changes, without a token: the
    feed is named after it. `base_url` is the address of our pages, `titles` the title of each trial. `updated` (aware)
    dates a feed without changes. Otherwise the newest change does.
    """
    newest_first = sorted(changes, key=lambda it: int(it["seq"]), reverse=True)
    base = base_url.rstrip("/")
    feed = Element("feed", {"xmlns": ATOM, _XML_LANG: "en"})
    _add(feed, "id", f"urn:trialwatch:{_part(store_id)}:feed:{_part(page_url.removeprefix(base) or '/')}")
    _add(feed, "title", title)
    _add(feed, "updated", max((str(it["observed_at"]) for it in newest_first), default=_instant(updated)))
    _add(SubElement(feed, "author"), "name", "Trialwatch")
    _link(feed, "self", self_url, type="application/atom+xml")
    _link(feed, "alternate", page_url, type="text/html")
    for change in newest_first:
        _entry(feed, change, store_id, titles.get(str(change["trial"]), ""), base)
    document: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return document


def entry_id(store_id: str, event_id: str) -> str:
    """Return the id of the entry of an event. It stays the same for ever, in every feed and at every address."""
    return f"urn:trialwatch:{_part(store_id)}:{_part(event_id)}"


def _entry(feed: Element, change: ChangeObject, store_id: str, title: str, base: str) -> None:
    entry, event, trial = SubElement(feed, "entry"), str(change["id"]), str(change["trial"])
    _add(entry, "id", entry_id(store_id, event))
    _add(entry, "title", _entry_title(change, title))
    _add(entry, "updated", str(change["observed_at"]))
    _link(entry, "alternate", f"{base}/changes/{_part(event)}", type="text/html")
    page = links_of(trial).page if trial else ""
    if page.startswith(("https://", "http://")):
        _link(entry, "related", page, title="The registry's page")
    for scheme in ("kind", "severity"):
        SubElement(entry, "category", {"term": _plain(str(change[scheme])), "scheme": f"urn:trialwatch:{scheme}"})
    _add(entry, "summary", one_line(str(change["summary"]), _SUMMARY), type="text")
    _add(entry, "content", _content(change), type="html")


def _entry_title(change: ChangeObject, title: str) -> str:
    """Return what happened first, for lists of titles are cut at their end, and then to which trial."""
    said, trial = headline(change), str(change["trial"])
    if not trial:
        return f"Trialwatch: {said}"
    name = one_line(title, _TITLE)
    return f"{said}: {name} ({one_line(trial, 60)})" if name else f"{said}: {one_line(trial, 60)}"


def _content(change: ChangeObject) -> str:
    """Return the change as HTML: its summary, when it was, and its fields before and after."""
    seen = minute_words(str(change["observed_at"]))
    days = f"{day_words(str(change['effective']))}, seen {seen}" if change["trial"] else f"Seen {seen}"
    parts = [_element("p", one_line(str(change["summary"]), _SUMMARY)), _element("p", days)]
    rows = _rows(change)
    if rows:
        head = "".join(_element("th", name) for name in ("Field", "Before", "After"))
        body = "".join(f"<tr>{''.join(_element('td', cell) for cell in row)}</tr>" for row in rows[:MOST_FIELDS])
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    left = left_words(len(rows) - MOST_FIELDS, "field", (str(it["field"]) for it in change["fields"]))
    if left:
        parts.append(_element("p", f"And {left}."))
    return "".join(parts)


def _rows(change: ChangeObject) -> Sequence[tuple[str, str, str]]:
    """Return label, value before and value after of each field, the most interesting first, as in a mail."""
    return [
        (
            one_line(field_words(name, str(it["label"])), _LABEL),
            *values_apart(name, it["before"], it["after"], _VALUE),
        )
        for name, it in told_fields(change)
    ]


def _element(name: str, text: str) -> str:
    return f"<{name}>{html.escape(text)}</{name}>"


def _add(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = _plain(text)


def _link(parent: Element, rel: str, href: str, **attributes: str) -> None:
    SubElement(parent, "link", {"rel": rel, "href": _plain(href), **attributes})


def _plain(text: str) -> str:
    """Return the text with every character that XML 1.0 forbids, or that hides something, shown as an escape."""
    return _NO_CHARACTERS.sub("\ufffd", clean(text))


def _part(text: str) -> str:
    """Return a text as a part of a URN or of an address."""
    return quote(text, safe="/", errors="replace")


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
