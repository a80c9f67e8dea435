"""Feeds and the calendar by their addresses, as a feed reader and a calendar program fetch them."""

from __future__ import annotations

from collections.abc import Iterator

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
    file = program.home / "trialwatch.toml"
    before = file.read_text()
    file.write_text(f'{before}\n[web]\nurl = "https://trials.example.org"\n')
    try:
        with served(program) as site:
            entries = feedparser.parse(site.get(FEEDS[0]).content).entries
            assert all(it.link.startswith("https://trials.example.org/changes/") for it in entries)
    finally:
        file.write_text(before)
