"""Feeds and the calendar by their addresses, as a feed reader and a calendar program fetch them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import feedparser
import pytest
from icalendar import Calendar

from tests.support.program.program import Program
from tests.support.web.api_store import ONE, TWO, api_store
from tests.support.web.served import Served, served
from tests.unit.web.feeds.atom_rules import problems

FEEDS = (
    "/feeds/changes.atom",
    f"/feeds/trials/{ONE}.atom",
    "/feeds/tags/liver.atom",
    "/feeds/rules/all.atom",
    "/feeds/kinds/results.posted.atom",
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with api_store(tmp_path_factory.mktemp("feeds") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def site(program: Program) -> Iterator[Served]:
    with served(program) as found:
        yield found


@contextmanager
def configured(program: Program, text: str) -> Iterator[None]:
    """Add to the config file while the block runs."""
    file = program.home / "trialwatch.toml"
    before = file.read_text()
    file.write_text(f"{before}\n{text}")
    try:
        yield
    finally:
        file.write_text(before)


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_is_valid_and_its_entries_are_the_changes(site: Served, path: str) -> None:
    answer = site.get(path)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert problems(answer.content) == []
    found = feedparser.parse(answer.content)
    assert not found.bozo and found.entries
    assert found.feed.title.startswith("Trialwatch: ")
    for entry in found.entries:
        page = site.get(entry.link.replace(site.url.rstrip("/"), ""))
        assert page.status_code == 200


def test_an_entry_is_the_event_with_its_permanent_id(site: Served) -> None:
    store = site.get("/api/v1/changes?limit=1").json()["store"]
    posted = site.get("/api/v1/changes?kind=results.posted").json()["changes"]
    entries = feedparser.parse(site.get("/feeds/kinds/results.posted.atom").content).entries
    assert [it.id for it in entries] == [f"urn:trialwatch:{store}:{it['id']}" for it in posted]
    assert {it.id for it in entries} <= {it.id for it in feedparser.parse(site.get(FEEDS[0]).content).entries}


def test_housekeeping_and_the_first_look_are_in_no_feed(site: Served) -> None:
    changes = {it["id"]: it for it in site.get("/api/v1/changes").json()["changes"]}
    entries = feedparser.parse(site.get(FEEDS[0]).content).entries
    shown = [changes[it.id.rpartition(":")[2]] for it in entries]
    assert shown and not [it for it in shown if it["severity"] == "admin" or it["kind"] == "trial.first_seen"]


def test_the_feed_of_a_rule_has_what_the_rule_tells(program: Program, site: Served) -> None:
    changes = {it["seq"]: it for it in program.json("changes")["changes"]}
    assert any(it["kind"].startswith("ops.") for it in changes.values())  # a rule tells it only if it names ops.*
    messages = program.json("alerts", "preview", "--since", "3650d")["messages"]
    told = {changes[seq]["id"] for it in messages for seq in it["changes"]}
    entries = feedparser.parse(site.get("/feeds/rules/all.atom").content).entries
    assert told and {it.id.rpartition(":")[2] for it in entries} == told


@pytest.mark.parametrize("on", ['["*", "ops.*"]', '["ops.*"]'])
def test_a_rule_that_names_the_watch_itself_has_it_in_its_feed(program: Program, on: str) -> None:
    with configured(program, f'[[rule]]\nname = "watch"\non = {on}\nsend = ["me"]\n'), served(program) as site:
        entries = feedparser.parse(site.get("/feeds/rules/watch.atom").content).entries
        assert any(tag["term"].startswith("ops.") for it in entries for tag in it.tags)


@pytest.mark.parametrize("name", ["liver/hcc", "liver / ü&b?#%"])
def test_the_feed_of_a_tag_is_there_whatever_it_is_called(program: Program, name: str) -> None:
    program.run("tag", ONE, name)
    try:
        with served(program) as site:
            answer = site.get(f"/feeds/tags/{quote(name, safe='')}.atom")
            assert answer.status_code == 200 and problems(answer.content) == []
            links = {it.rel: it.href for it in feedparser.parse(answer.content).feed.links}
            assert site.get(links["self"]).content == answer.content
            shown = site.get(links["alternate"].replace("/changes?", "/changes.json?")).json()["changes"]
            assert {it["trial"] for it in shown} == {ONE}
    finally:
        program.run("untag", ONE, name)


def test_the_feeds_that_the_page_of_alerts_names_are_there(program: Program) -> None:
    rule = '[[rule]]\nname = "liver/hcc"\non = ["results.*"]\nsend = ["me"]\n'
    with configured(program, rule), served(program) as site:
        links = re.findall(r'href="(/feeds/rules/[^"]+)"', site.get("/alerts").text)
        assert {link: site.get(link).status_code for link in links} == dict.fromkeys(links, 200) and len(links) == 2


def test_a_quiet_feed_costs_nothing(site: Served) -> None:
    mark = site.get(FEEDS[0]).headers["etag"]
    assert site.get(FEEDS[0], headers={"if-none-match": mark}).status_code == 304


def test_the_calendar_has_what_is_due(site: Served) -> None:
    answer = site.get("/calendar.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    due = [it["due"] for it in site.get(f"/api/v1/trials/{TWO}/results").json()["trials"][0]["duties"] if it["due"]]
    days = [event.decoded("dtstart").isoformat() for event in events if TWO in str(event["uid"])]
    assert days and set(days) <= set(due)
    assert all(str(event["url"]).startswith(site.url) for event in events)
    assert Calendar.from_ical(site.get("/calendar.ics?tag=liver").content).walk("VEVENT")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/feeds/trials/NCT00000009.atom", 404),
        ("/feeds/trials/nothing.atom", 400),
        ("/feeds/tags/nobody.atom", 400),
        ("/feeds/rules/nobody.atom", 404),
        ("/calendar.ics?tag=nobody", 400),
        ("/feeds/nothing.atom", 404),
    ],
)
def test_what_there_is_not_is_said(site: Served, path: str, code: int) -> None:
    answer = site.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (code, "application/problem+json")


def test_a_token_for_feeds_opens_each_of_them_and_stands_in_none(program: Program) -> None:
    program.run("tokens", "add", "laptop")
    token = program.run("tokens", "add", "reader", "--feeds", "-o", "json").json["token"]["token"]
    try:
        with served(program) as site:
            for path in (*FEEDS, "/calendar.ics"):
                assert site.get(path).status_code == 401
                answer = site.get(f"{path}?token={token}")
                assert answer.status_code == 200 and token not in answer.text
    finally:
        program.run("tokens", "revoke", "laptop")
        program.run("tokens", "revoke", "reader")


def test_links_lead_to_the_address_of_the_settings(program: Program) -> None:
    with configured(program, '[web]\nurl = "https://trials.example.org"\n'), served(program) as site:
        entries = feedparser.parse(site.get(FEEDS[0]).content).entries
        assert all(it.link.startswith("https://trials.example.org/changes/") for it in entries)
