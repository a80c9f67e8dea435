"""The Atom feed: valid by rules of its own and read by another program, whatever a registry says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import feedparser
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.records.strategies import pairs
from tests.unit.web.feeds.atom_rules import ATOM, problems
from tracker.changes.detect_changes import detect_changes
from tracker.registries.ctgov.reader import read
from tracker.web.feeds.atom import MOST_FIELDS, atom_feed, entry_id

STORE, BASE, TRIAL = "1c9ab1b2-6c1e-4a8f-9a53-6f3f6f6a2f11", "https://watch.example.org", "NCT05349331"
SELF = f"{BASE}/feeds/changes.atom?token=a&b=c"
UPDATED = datetime(2027, 3, 8, 14, 30, tzinfo=UTC)
HOSTILE = [
    "]]>",
    "</content><script>alert(1)</script>",
    "\u202egnp.exe",
    "\x00\x08",
    "\ud800",
    "\ufffe\uffff",
    "&amp;&#0;",
]
HOSTILE += ["\"'><img src=x onerror=alert(1)>", "<!--", "\r\n\t", "<![CDATA["]


def change(seq: int = 1, **more: Any) -> dict[str, Any]:
    fields = [{"field": "status", "label": "Recruitment status", "before": "RECRUITING", "after": "COMPLETED"}]
    return {
        "seq": seq, "id": f"evt_{seq}", "trial": TRIAL, "kind": "status.changed", "severity": "major",
        "summary": "Status changed from Recruiting to Completed", "effective": "2027-03-07",
        "observed_at": f"2027-03-08T14:30:{seq % 60:02d}Z", "from_version": 1, "to_version": 2, "backfilled": False,
        "fields": fields, **more,
    }  # fmt: skip


def made(
    *changes: dict[str, Any], title: str = "All changes", titles: dict[str, str] | None = None, **more: Any
) -> bytes:
    asked: dict[str, Any] = {"self_url": SELF, "page_url": f"{BASE}/changes?kind=results.*", "base_url": BASE, **more}
    named = {TRIAL: "A made-up study"} if titles is None else titles
    document = atom_feed(title=title, store_id=STORE, changes=changes, titles=named, updated=UPDATED, **asked)
    assert problems(document) == []
    return document


def entries(document: bytes) -> list[Element]:
    return fromstring(document).findall(f"{ATOM}entry")


def texts(it: Element) -> dict[str, str]:
    return {child.tag.removeprefix(ATOM): child.text or "" for child in it}


class Page(HTMLParser):
    """The tags and the text of a piece of HTML, as a browser takes it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def test_an_event_is_an_entry() -> None:
    [entry] = entries(made(change()))
    assert texts(entry) == {
        "id": f"urn:trialwatch:{STORE}:evt_1",
        "title": f"Completed: A made-up study ({TRIAL})",
        "updated": "2027-03-08T14:30:01Z",
        "link": "",
        "category": "",
        "summary": "Status changed from Recruiting to Completed",
        "content": texts(entry)["content"],
    }
    links = {it.attrib["rel"]: it.attrib["href"] for it in entry.findall(f"{ATOM}link")}
    assert links == {
        "alternate": f"{BASE}/changes/evt_1",
        "related": f"https://clinicaltrials.gov/study/{TRIAL}",
    }
    said = {it.attrib["scheme"]: it.attrib["term"] for it in entry.findall(f"{ATOM}category")}
    assert said == {"urn:trialwatch:kind": "status.changed", "urn:trialwatch:severity": "major"}
    page = Page(texts(entry)["content"])
    assert page.words == [
        "Status changed from Recruiting to Completed", "7 March 2027, seen 8 March 2027, 14:30 UTC",
        "Field", "Before", "After", "Recruitment status", "Recruiting", "Completed",
    ]  # fmt: skip


def test_another_program_reads_it() -> None:
    found = feedparser.parse(made(change(1), change(2)))
    assert not found.bozo and found.version == "atom10" and found.encoding == "utf-8"
    assert found.feed.title == "All changes" and found.feed.updated == "2027-03-08T14:30:02Z"
    assert {it.rel: it.href for it in found.feed.links} == {"self": SELF, "alternate": f"{BASE}/changes?kind=results.*"}
    assert [it.id for it in found.entries] == [entry_id(STORE, "evt_2"), entry_id(STORE, "evt_1")], "the newest first"
    assert found.entries[0].link == f"{BASE}/changes/evt_2"
    assert found.entries[0].content[0].type == "text/html" and "<td>Completed</td>" in found.entries[0].content[0].value


def test_a_feed_without_changes_is_valid_and_dated() -> None:
    assert texts(fromstring(made()))["updated"] == "2027-03-08T14:30:00Z"
    document = atom_feed("t", SELF, BASE, STORE, [], {}, BASE, UPDATED.astimezone(timezone(timedelta(hours=9))))
    assert texts(fromstring(document))["updated"] == "2027-03-08T14:30:00Z"
    assert not feedparser.parse(made()).bozo


def test_names_do_not_follow_the_address_or_a_token() -> None:
    one = made(change(), self_url=f"{BASE}/feeds/changes.atom?token=secret")
    two = made(
        change(),
        self_url="http://127.0.0.1:8080/feeds/changes.atom",
        page_url="http://127.0.0.1:8080/changes?kind=results.*",
        base_url="http://127.0.0.1:8080/",
    )
    names = [[it.text for it in fromstring(document).iter(f"{ATOM}id")] for document in (one, two)]
    assert (
        names[0] == names[1] == [f"urn:trialwatch:{STORE}:feed:/changes%3Fkind%3Dresults.%2A", entry_id(STORE, "evt_1")]
    )
    other = made(change(), page_url=f"{BASE}/trials/{TRIAL}")
    assert texts(fromstring(other))["id"] != names[0][0]
    assert [it.findtext(f"{ATOM}id") for it in entries(other)] == names[0][1:], "the same entry in each feed"


def test_what_is_about_the_watch_itself_has_no_page_of_a_registry() -> None:
    [entry] = entries(made(change(trial="", kind="ops.held", summary="Run 12 was held, nothing of it was written")))
    assert texts(entry)["title"] == "Trialwatch: Run 12 was held"
    assert [it.attrib["rel"] for it in entry.findall(f"{ATOM}link")] == ["alternate"]
    assert Page(texts(entry)["content"]).words[1] == "Seen 8 March 2027, 14:30 UTC"


def test_many_fields_are_counted() -> None:
    fields = [
        {"field": f"sites.a{at}.status", "label": "Site status", "before": None, "after": "RECRUITING"}
        for at in range(60)
    ]
    [entry] = entries(made(change(kind="site.status_changed", fields=fields)))
    page = Page(texts(entry)["content"])
    assert page.tags.count("tr") == MOST_FIELDS + 1 and page.words[-1] == "And 10 more fields."


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_leaves_its_place(text: str) -> None:
    fields = [{"field": "title.brief", "label": text or "x", "before": text, "after": f"{text} more"}]
    told = change(kind="title.changed", summary=f"Changed: {text}", fields=fields, severity=text, effective=text)
    document = made(told, title=f"Changes {text}", titles={TRIAL: text})
    [entry] = entries(document)
    assert set(Page(texts(entry)["content"]).tags) == {"p", "table", "thead", "tbody", "tr", "th", "td"}
    found = feedparser.parse(document)
    assert not found.bozo and len(found.entries) == 1
    for character in "\u202e\x00\x08\ufffe\uffff\ud800":
        assert character not in document.decode(), "shown as an escape, or replaced"


@given(st.lists(st.text(), min_size=4, max_size=4))
def test_any_text_makes_a_valid_feed(said: list[str]) -> None:
    title, summary, before, label = said
    fields = [{"field": "title.brief", "label": label, "before": before, "after": None}]
    document = made(change(summary=summary, fields=fields), title=f"T {title}", titles={TRIAL: title})
    assert len(entries(document)) == 1


@given(pairs())
def test_any_change_makes_a_valid_feed(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    events = detect_changes(read(pair[0]).record, read(pair[1]).record, UPDATED.date())
    printed = [change(at, **msgspec.to_builtins(event)) for at, event in enumerate(events)]
    assert len(entries(made(*printed))) == len(printed)


BROKEN = [
    ("<author><name>Trialwatch</name></author>", "", "there is no author"),
    ("<name>Trialwatch</name>", "", "author has 0 of name"),
    ("<updated>2027-03-08T14:30:01Z</updated>", "", "has 0 of updated"),
    ("14:30:01Z</updated>", "14:30:01</updated>", "updated is"),
    ("2027-03-08T14:30:01Z</updated>", "2027-02-30T14:30:01Z</updated>", "updated is"),
    ("<entry>", "<entry><id>urn:x:y</id>", "entry has 2 of id"),
    ("<entry>", "<entry>stray", "entry has text between its children"),
    ("<entry>", "<entry><guid>1</guid>", "entry has the child guid"),
    (f":{STORE}:evt_1<", f":{STORE}:feed:/changes%3Fkind%3Dresults.%2A<", "names 2 things"),
    ("<id>urn:trialwatch:", "<id>", "id is"),
    ('rel="self"', 'rel="via"', "no link to itself"),
    (f'href="{BASE}/changes/evt_1"', 'href="changes"', "href is"),
    (f'href="{BASE}/changes/evt_1"', "", "link has no href"),
    ('rel="related"', 'rel="alternate" type="text/html"', "2 alternates"),
    ('term="major"', "", "category has no term"),
    ('type="html"', 'type="markdown"', "content has the type markdown"),
    ("<summary ", "<summary class='x' ", "summary has the attribute class"),
    ("<summary type=\"text\">", "<summary type=\"text\"><b/>", "summary has children"),
    ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#", "the root is"),
]  # fmt: skip


@pytest.mark.parametrize(("whole", "broken", "said"), BROKEN)
def test_the_rules_find_what_is_broken(whole: str, broken: str, said: str) -> None:
    document = made(change()).decode()
    assert whole in document
    assert any(said in it for it in problems(document.replace(whole, broken).encode())), said


def test_the_new_key_of_a_reworded_outcome_is_left_out() -> None:
    item, label = "outcomes.primary.leg-pain-at-rest", "Primary outcome"
    fields = [
        {"field": f"{item}.key", "label": label, "before": "leg-pain", "after": "leg-pain-at-rest"},
        {"field": f"{item}.measure", "label": label, "before": "Leg pain", "after": "Leg pain at rest"},
    ]
    text = made(change(kind="outcome.primary_changed", fields=fields)).decode()
    assert "Primary outcome, measure" in text and "Primary outcome, key" not in text
