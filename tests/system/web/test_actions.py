"""Acting from the pages, in a real browser with and without scripts: the same store afterwards as by the command."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.channels.webhook_sink import SECRET
from tests.support.program.program import Program
from tests.support.web.acting import Pair, acts, own, pair, tables
from tests.support.web.api_store import ONE, THREE, TWO, api_store
from tests.support.web.browser import Browser, Tab
from tests.support.web.looks import faults_of, keyboard_faults, print_faults

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
NASTY = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with api_store(tmp_path_factory.mktemp("acted") / "home") as program:
        program.run("tag", TWO, "old tag")
        program.run("unwatch", THREE)
        yield program


@pytest.fixture
def both(base: Program, tmp_path: Path) -> Iterator[Pair]:
    with pair(base, tmp_path) as found:
        yield found


class Way(NamedTuple):
    """One action: the page that has its form, what a person does there, and the command that does the same."""

    page: str
    does: Callable[[Tab], None]
    command: Sequence[str]
    said: str
    changes: Sequence[str]


def press(tab: Tab, name: str) -> None:
    tab.page.get_by_role("button", name=name, exact=True).click()


def watch(tab: Tab) -> None:
    tab.page.get_by_label("Watch trials").fill(f"https://clinicaltrials.gov/study/{THREE}")
    tab.page.get_by_label("Tag, if you like").fill("asked")
    press(tab, "Watch")


def unwatch(tab: Tab) -> None:
    tab.page.get_by_text("Stop watching", exact=True).click()
    press(tab, f"Stop watching {TWO}")


def tag(tab: Tab) -> None:
    tab.page.get_by_label("New tag").fill(NASTY)
    press(tab, "Tag")


def untag(tab: Tab) -> None:
    tab.page.get_by_text("Take a tag off").click()
    press(tab, "Take off the tag old tag")


def note(tab: Tab) -> None:
    tab.page.get_by_label("New note").fill(f"First line\n{NASTY}")
    press(tab, "Add the note")


WAYS = {
    "watch": Way(
        "/trials",
        watch,
        ["watch", THREE, "--tag", "asked"],
        f"Watched from now on: {THREE}.",
        ["watch", "tag"],
    ),
    "watch one": Way(
        f"/trials/{THREE}",
        lambda tab: press(tab, "Watch this trial"),
        ["watch", THREE],
        f"Watched from now on: {THREE}.",
        ["watch"],
    ),
    "unwatch": Way(
        f"/trials/{TWO}", unwatch, ["unwatch", TWO], f"{TWO} is no longer watched. Its history stays.", ["watch"]
    ),
    "tag": Way(f"/trials/{TWO}", tag, ["tag", TWO, NASTY], f"{TWO} has the tag {NASTY} now.", ["tag"]),
    "untag": Way(f"/trials/{TWO}", untag, ["untag", TWO, "old tag"], f"The tag old tag is taken off {TWO}.", ["tag"]),
    "note": Way(f"/trials/{TWO}", note, ["note", TWO, f"First line\n{NASTY}"], "Noted.", ["note"]),
}


@SCRIPTS
@pytest.mark.parametrize("name", WAYS)
def test_an_action_does_what_the_command_does(chromium: Browser, both: Pair, name: str, *, scripts: bool) -> None:
    way, before = WAYS[name], tables(both.page)
    with acts(both.page) as site, chromium.tab(site, scripts=scripts) as tab:
        tab.open(way.page)
        way.does(tab)
        tab.page.wait_for_url("**#said")
        assert tab.page.locator("#said").inner_text() == way.said
        assert tab.complaints == []
        tab.page.reload()
        assert tab.page.locator("#said").count() == 0, "a sentence is shown once"
    both.command.run(*way.command, expect=None, HOOK_SECRET=SECRET)
    after = tables(both.page)
    assert after == tables(both.command)
    assert [name for name in way.changes if before[name] == after[name]] == []


@SCRIPTS
def test_what_was_typed_is_kept_when_it_is_refused(chromium: Browser, both: Pair, *, scripts: bool) -> None:
    with acts(both.page) as site, chromium.tab(site, scripts=scripts) as tab:
        tab.open("/trials")
        tab.page.get_by_label("Watch trials").fill("NCT123, liver")
        tab.page.get_by_label("Tag, if you like").fill(NASTY)
        press(tab, "Watch")
        tab.page.wait_for_url("**#said")
        assert "NCT123" in tab.page.locator("#said").inner_text()
        assert tab.page.get_by_label("Watch trials").input_value() == "NCT123, liver"
        assert tab.page.get_by_label("Tag, if you like").input_value() == NASTY
        tab.open(f"/trials/{ONE}")
        tab.page.get_by_label("New tag").fill(TWO)
        press(tab, "Tag")
        tab.page.wait_for_url("**#said")
        assert "looks like the id of a trial" in tab.page.locator("#said").inner_text()
        assert tab.page.get_by_label("New tag").input_value() == TWO
        assert tab.complaints == []


def test_a_note_that_is_too_long_is_kept_as_it_was_typed(both: Pair) -> None:
    text = f"\n  {NASTY}{'a' * 4100}"
    with acts(both.page) as site:
        data = {"trial": TWO, "notes": "0", "text": text, "back": f"/trials/{TWO}"}
        answer = site.client.post("/do/note", data=data, headers=own(site))
        page = site.get(answer.headers["location"].partition("#")[0]).text
    assert "4,000 are the most" in page
    # A browser drops the first line break of the element.
    assert f"required>\n{escape(text)}</textarea>" in page.replace("&#34;", "&quot;")


def test_the_registry_does_not_know_it_and_nothing_is_watched(chromium: Browser, both: Pair) -> None:
    with acts(both.page) as site, chromium.tab(site, scripts=False) as tab:
        tab.open("/trials")
        tab.page.get_by_label("Watch trials").fill("NCT09999999")
        press(tab, "Watch")
        tab.page.wait_for_url("**#said")
        assert tab.page.locator("#said").inner_text() == (
            "The registry does not know NCT09999999; check the number. Nothing is watched."
        )
    assert "NCT09999999" not in [row["trial"] for row in both.page.json("list")["trials"]]


def test_each_action_is_a_line_in_the_log_without_what_was_written(chromium: Browser, both: Pair) -> None:
    with acts(both.page) as site, chromium.tab(site, scripts=False) as tab:
        for name in ("tag", "note"):
            tab.open(WAYS[name].page)
            WAYS[name].does(tab)
            tab.page.wait_for_url("**#said")
        lines = [json.loads(line) for line in site.said().splitlines() if line.startswith("{")]
        assert [(it["event"], it["action"], it["trial"]) for it in lines] == [
            ("done from the page", "tag", TWO),
            ("done from the page", "note", TWO),
        ]
        assert "First line" not in site.said()


def test_the_forms_are_sound_for_everyone(chromium: Browser, both: Pair) -> None:
    paths = ["/trials", f"/trials/{TWO}", f"/trials/{THREE}"]
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
            assert {path: wrong for path in paths if (wrong := keys(tab, path))} == {}
            assert print_faults(tab) == []


def keys(tab: Tab, path: str) -> list[str]:
    tab.open(path)
    return keyboard_faults(tab)


def test_a_form_shows_the_words_of_others_as_text(both: Pair) -> None:
    both.page.run("tag", TWO, NASTY)
    with acts(both.page) as site:
        page = site.get(f"/trials/{TWO}").text
    assert NASTY not in page
    assert len(re.findall(r'name="tag" value="&lt;img src=x onerror=alert\(1\)&gt;"', page)) == 1
