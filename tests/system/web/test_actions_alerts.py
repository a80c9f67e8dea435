"""Mutes, messages that are sent again, looks, held runs and what was seen: from the page as by the command."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.channels.webhook_sink import SECRET, Sink
from tests.support.program.program import Program, status_of, update
from tests.support.web.acting import Pair, acts, own, pair, tables, told
from tests.support.web.api_store import ONE, TWO, api_store
from tests.support.web.browser import Browser, Tab
from tests.support.web.looks import faults_of, keyboard_faults

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
MINE = "me@example.org"


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with Sink() as found:
        yield found


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, sink: Sink) -> Iterator[Program]:
    """A store whose messages to `team` were given up while it was muted, and whose last run is held."""
    with api_store(tmp_path_factory.mktemp("alerted") / "home") as program:
        config = program.home / "trialwatch.toml"
        text = config.read_text().replace("http://127.0.0.1:9/HIDDENPATH?key=HIDDENQUERY", sink.url)
        config.write_text(text.replace('allow = ["127.0.0.1:9"]', f'allow = ["{sink.place}"]'))
        program.run("alerts", "mute", "team")
        program.day()
        assert program.registry is not None
        update(program.registry.studies[TWO], program.clock.read_text()[:10], whyStopped="No money")
        program.run("poll", HOOK_SECRET=SECRET, expect=None)
        program.run("alerts", "mute", "team", "--lift")
        program.day()
        for record in program.registry.studies.values():
            status_of(record).pop("lastUpdateSubmitDate", None)
        program.run("poll", HOOK_SECRET=SECRET, expect=3)
        yield program


@pytest.fixture
def both(base: Program, tmp_path: Path) -> Iterator[Pair]:
    with pair(base, tmp_path) as found:
        yield found


def last_held(program: Program) -> int:
    return next(it["run"] for it in polls(program) if it["outcome"] == "held")


def polls(program: Program) -> Any:
    with acts(program) as site:
        return site.get("/status.json").json()["polls"]


def dead(program: Program) -> Any:
    return program.json("alerts", "outbox", "--state", "dead", "--channel", "team")["messages"][-1]


class Way(NamedTuple):
    """One action: the page that has its form, what a person does there, and the command that does the same."""

    page: str
    does: Callable[[Tab], None]
    command: Callable[[Program], Sequence[str]]
    said: str
    changes: Sequence[str]


def press(tab: Tab, name: str) -> None:
    tab.page.get_by_role("button", name=name).first.click()


def unfold(tab: Tab, name: str) -> None:
    tab.page.locator(f"summary[aria-label='{name}']").click()


def mute(tab: Tab) -> None:
    unfold(tab, "Mute: team")
    press(tab, "Mute team")


def mute_one(tab: Tab) -> None:
    unfold(tab, "Addresses: me")
    press(tab, f"Mute {MINE}")


def accept(tab: Tab) -> None:
    tab.page.locator("summary[aria-label^='Accept: run']").first.click()
    press(tab, "Accept run")


WAYS = {
    "mute": Way(
        "/alerts",
        mute,
        lambda _program: ["alerts", "mute", "team"],
        "The channel team is sent nothing more, until you lift that.",
        ["muted"],
    ),
    "mute one": Way(
        "/alerts",
        mute_one,
        lambda _program: ["alerts", "mute", "me", MINE],
        f"{MINE} is sent nothing more, until you lift that.",
        ["muted"],
    ),
    "retry": Way(
        "/alerts?state=dead&channel=team",
        lambda tab: press(tab, "Send again: "),
        lambda program: ["alerts", "retry", dead(program)["key"]],
        "The message was sent again. It is delivered.",
        ["message", "attempt"],
    ),
    "accept": Way(
        "/status",
        accept,
        lambda program: ["poll", "--accept", str(last_held(program))],
        "Poll 8 is complete: 0 new, 3 changed, 0 unchanged of 3 trials. 4 messages due now could not be delivered.",
        ["snapshot", "event"],
    ),
}


@SCRIPTS
@pytest.mark.parametrize("name", WAYS)
def test_an_action_does_what_the_command_does(chromium: Browser, both: Pair, name: str, *, scripts: bool) -> None:
    way, before = WAYS[name], tables(both.page)
    command = way.command(both.command)
    with acts(both.page) as site, chromium.tab(site, scripts=scripts) as tab:
        tab.open(way.page)
        way.does(tab)
        tab.page.wait_for_url("**#said")
        assert tab.page.locator("#said").inner_text() == way.said
        assert tab.complaints == []
    both.command.run(*command, expect=None, HOOK_SECRET=SECRET)
    after = tables(both.page)
    assert after == tables(both.command)
    assert [table for table in way.changes if before[table] == after[table]] == []


@SCRIPTS
def test_a_mute_is_lifted(chromium: Browser, both: Pair, *, scripts: bool) -> None:
    before = tables(both.page)
    both.page.run("alerts", "mute", "team")
    both.page.run("alerts", "mute", "me", MINE)
    with acts(both.page) as site, chromium.tab(site, scripts=scripts) as tab:
        tab.open("/alerts")
        press(tab, "Lift the mute of team")
        tab.page.wait_for_url("**#said")
        said = tab.page.locator("#said").inner_text()
        assert said.startswith("The channel team is sent to again. 4 messages to it died: trialwatch alerts retry")
        unfold(tab, "Addresses: me")
        press(tab, f"Lift {MINE}")
        tab.page.get_by_text(f"{MINE} is sent to again.").wait_for()
        assert MINE not in site.said(), "no address goes into the log"
    assert tables(both.page) == before


@SCRIPTS
def test_a_look_begins_at_once_and_the_status_page_tells_its_end(
    chromium: Browser, both: Pair, *, scripts: bool
) -> None:
    for program in (both.page, both.command):
        assert program.registry is not None
        program.day()
        for record in program.registry.studies.values():
            update(record, program.clock.read_text()[:10], overallStatus="SUSPENDED")
    with acts(both.page) as site, chromium.tab(site, scripts=scripts) as tab:
        tab.open("/status")
        press(tab, "Look now")
        tab.page.wait_for_url("**#said")
        assert tab.page.locator("#said").inner_text().startswith("A look has begun.")
        for _ in range(600):
            if "Poll 8 is complete" in (page := site.get("/status").text):
                break
            tab.page.wait_for_timeout(100)
        assert "Look at all watched trials: Poll 8 is complete: 0 new, 3 changed, 0 unchanged of 3 trials." in page
        assert tab.complaints == []
    both.command.run("poll", expect=None, HOOK_SECRET=SECRET)
    assert tables(both.page) == tables(both.command)


@SCRIPTS
def test_what_is_marked_as_seen_is_not_new_any_more(chromium: Browser, both: Pair, *, scripts: bool) -> None:
    with acts(both.page) as site, chromium.tab(site, scripts=scripts) as tab:
        tab.open("/")
        assert tab.page.locator("article.group").count() > 0
        press(tab, "Mark everything as seen")
        tab.page.wait_for_url("**#said")
        assert tab.page.locator("#said").inner_text().startswith("Marked as seen.")
        assert tab.page.locator("article.group").count() == 0
        assert tab.page.locator("h1").inner_text().startswith("Nothing changed since")
        tab.open("/")
        assert tab.page.locator("article.group").count() == 0, "it stays seen"
        assert tab.complaints == []
    before = both.command.json("changes", "--new")["changes"]
    assert before != []
    assert tables(both.page) == tables(both.command)
    assert both.page.json("changes", "--new")["changes"] == []


def test_with_a_token_only_the_browser_remembers_what_was_seen(both: Pair) -> None:
    secret = str(both.page.run("tokens", "add", "laptop", "-o", "json").json["token"]["token"])
    before = tables(both.page)
    with acts(both.page) as site:
        entered = {**own(site), "cookie": f"trialwatch_token={secret}"}
        form = {"seq": "5", "at": "1786000000"}
        answer = site.client.post("/do/seen", data=form, headers=entered)
        assert any(it.startswith("trialwatch_visit=") for it in answer.headers.get_list("set-cookie"))
    assert tables(both.page) == before


def test_changes_after_the_page_stay_new(both: Pair) -> None:
    with acts(both.page) as site:
        shown = site.get("/changes.json").json()["changes"]
        seq = str(max(it["seq"] for it in shown) - 1)
        said = told(site, site.client.post("/do/seen", data={"seq": seq, "at": "1786000000"}, headers=own(site)))
        assert said.startswith("Marked as seen, up to what the page showed. More has come since.")
    assert [str(it["seq"] - 1) for it in both.page.json("changes", "--new")["changes"]] == [seq]


class TestOldPagesAndSecondTimes:
    def test_a_message_that_was_sent_meanwhile_is_not_sent_again(self, both: Pair, sink: Sink) -> None:
        message = dead(both.page)
        form = {"message": message["key"], "attempts": str(message["attempts"]), "settled": message["settled_at"]}
        with acts(both.page) as site:
            for key, other in (("attempts", "7"), ("settled", "2020-01-01T00:00:00Z")):
                said = told(site, site.client.post("/do/retry", data={**form, key: other}, headers=own(site)))
                assert said == "This message changed meanwhile: it is given up again now. Nothing was done."
            assert "It is delivered." in told(site, site.client.post("/do/retry", data=form, headers=own(site)))
            once = len(sink.hooks)
            said = told(site, site.client.post("/do/retry", data=form, headers=own(site)))
            assert said == "This message changed meanwhile: it is delivered now. Nothing was done."
        assert len(sink.hooks) == once

    def test_a_run_is_accepted_once(self, both: Pair) -> None:
        run = last_held(both.page)
        with acts(both.page) as site:
            assert "is complete" in told(
                site, site.client.post("/do/accept", data={"run": str(run)}, headers=own(site))
            )
            after = tables(both.page)
            for number in (run, 1, 999):
                said = told(site, site.client.post("/do/accept", data={"run": str(number)}, headers=own(site)))
                assert said == f"Run {number} is not held any more. Nothing was changed."
            assert "/do/accept" not in site.get("/status").text
        assert tables(both.page) == after

    def test_a_second_look_waits_and_the_same_is_not_begun_twice(self, both: Pair) -> None:
        both.page.day()
        assert both.page.registry is not None
        both.page.registry.on_accept = [slow]
        with acts(both.page) as site:
            first = told(site, site.client.post("/do/look", data={"trial": ""}, headers=own(site)))
            second = told(site, site.client.post("/do/look", data={"trial": ONE}, headers=own(site)))
            assert first.startswith("A look has begun.")
            assert second == (
                f"Look at {ONE}: it waits for another (Look at all watched trials). What came of it will stand on the "
                "page Status."
            )
            again = told(site, site.client.post("/do/look", data={"trial": ONE}, headers=own(site)))
            assert again == f"Look at {ONE}: that is under way already."
            assert "Look at all watched trials" in site.get("/status").text

    def test_the_second_mute_and_the_second_lift_say_so(self, both: Pair) -> None:
        form = {"channel": "team", "address": ""}
        with acts(both.page) as site:
            said = [told(site, site.client.post("/do/mute", data=form, headers=own(site))) for _ in range(2)]
            assert said[1] == "The channel team was muted already. Nothing more is sent there."
            said = [told(site, site.client.post("/do/unmute", data=form, headers=own(site))) for _ in range(2)]
            assert said[0].startswith("The channel team is sent to again.")
            assert said[1].startswith("The channel team is not muted.")
            one = {"channel": "me", "address": "me@example.org"}
            site.client.post("/do/mute", data=one, headers=own(site))
            lifted = told(site, site.client.post("/do/unmute", data={**one, "address": ""}, headers=own(site)))
            assert lifted.startswith("The channel me itself is not muted. Still muted: me@example.org.")
            site.client.post("/do/unmute", data=one, headers=own(site))
            for wrong, why in (
                ({"channel": "nothing"}, "no channel"),
                ({"channel": "me", "address": "x"}, "no address"),
            ):
                assert why in told(site, site.client.post("/do/mute", data=wrong, headers=own(site)))
        assert tables(both.page)["muted"] == []

    @pytest.mark.parametrize("form", [{"seq": "99999", "at": "1"}, {"seq": "1", "at": "99999999999"}, {"seq": "x"}])
    def test_what_no_page_showed_is_not_marked(self, both: Pair, form: dict[str, str]) -> None:
        before = tables(both.page)
        with acts(both.page) as site:
            answer = site.client.post("/do/seen", data={"at": "1", **form}, headers=own(site))
            assert not answer.headers.get("set-cookie", "").startswith("trialwatch_visit")
        assert tables(both.page) == before


def slow(connection: Any) -> None:
    connection.settimeout(20)
    connection.recv(1)


def test_the_forms_are_sound_for_everyone(chromium: Browser, both: Pair) -> None:
    both.page.run("alerts", "mute", "me", MINE)
    paths = ["/", "/alerts", "/status"]
    with acts(both.page) as site:
        with chromium.tab(site, width=390, tested=True) as tab:
            found = {}
            for path in paths:
                tab.open(path)
                assert tab.page.locator("form[action^='/do/']").count() > 0, path
                tab.open_all()
                found[path] = tab.violations()
            assert {path: wrong for path, wrong in found.items() if wrong} == {}
        with chromium.tab(site, scripts=False) as tab:
            assert [it for path in paths for it in faults_of(tab, path)] == []
            for path in paths:
                tab.open(path)
                assert keyboard_faults(tab) == [], path
