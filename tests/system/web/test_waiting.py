"""The notice of new changes in a real browser: the right number, nothing else moves, and no focus is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.channels.alert_setup import ONE, TWO, Alerting
from tests.support.daemon.daemon_process import wait_for
from tests.support.web.browser import Browser, Tab
from tests.support.web.event_stream import crowd, has_room
from tests.support.web.served import Served, served

NOTICE = "#news a"
_PLACES = """() => [...document.querySelectorAll("body *")].filter(it => !it.closest("#news")).map(it => {
  const box = it.getBoundingClientRect();
  return [it.tagName, box.x, box.y, box.width, box.height, it.children.length ? "" : it.textContent].join(" ");
})"""
_ROUND = "fetch('/favicon.ico').then(it => it.status)"
"""What was asked before has been seen when this has been answered."""
_HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def change(alerts: Alerting, status: str, trial: str = ONE) -> None:
    alerts.change(trial, status, 1, "--no-deliver")


def listens(tab: Tab, path: str) -> None:
    """Open a page, and wait until it listens."""
    with tab.page.expect_response("**/events?**"):
        tab.open(path)


def says(tab: Tab, words: str) -> None:
    tab.page.locator(NOTICE, has_text=words).wait_for()
    assert tab.page.locator(NOTICE).inner_text() == words


def moved(before: list[str], after: list[str]) -> list[Any]:
    return [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]


@pytest.mark.parametrize("path", ["/", "/changes"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_number_is_right_and_nothing_else_moves(
    chromium: Browser, alerts: Alerting, site: Served, path: str, width: int
) -> None:
    change(alerts, "SUSPENDED")
    with chromium.tab(site, width=width) as tab:
        listens(tab, path)
        tab.page.locator("main a").nth(1).focus()
        focused = tab.page.evaluate("document.activeElement.outerHTML")
        tab.page.evaluate("scrollTo(0, 40)")
        before = tab.page.evaluate(_PLACES)
        change(alerts, "COMPLETED")
        says(tab, "1 new change: show it")
        change(alerts, "TERMINATED", TWO)
        says(tab, "2 new changes: show them")
        assert moved(before, tab.page.evaluate(_PLACES)) == []
        assert tab.page.evaluate("document.activeElement.outerHTML") == focused
        assert tab.sideways() == [] and tab.complaints == []
        box = tab.page.locator(NOTICE).bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width and box["height"] >= 24


def test_following_it_shows_them_and_ends_it(chromium: Browser, alerts: Alerting, site: Served) -> None:
    with chromium.tab(site) as tab:
        listens(tab, "/changes?kind=status.changed")
        assert tab.page.locator("#rows li").count() == 0
        change(alerts, "COMPLETED")
        says(tab, "1 new change: show it")
        with tab.page.expect_response("**/events?**"):
            tab.page.locator(NOTICE).press("Enter")
        assert tab.page.url.endswith("/changes?kind=status.changed")
        assert tab.page.locator("#rows li").count() == 1
        assert tab.page.locator(NOTICE).count() == 0


def test_the_link_keeps_the_focus_while_its_number_grows(chromium: Browser, alerts: Alerting, site: Served) -> None:
    with chromium.tab(site) as tab:
        listens(tab, "/")
        change(alerts, "COMPLETED")
        says(tab, "1 new change: show it")
        tab.page.locator(NOTICE).focus()
        change(alerts, "TERMINATED")
        says(tab, "2 new changes: show them")
        assert tab.page.evaluate("document.activeElement.closest('#news') !== null")


def test_a_filter_that_is_chosen_is_followed(chromium: Browser, alerts: Alerting, site: Served) -> None:
    with chromium.tab(site) as tab:
        listens(tab, "/changes")
        with tab.page.expect_response("**/events?**"):
            tab.page.select_option("#severity", "critical")
        change(alerts, "COMPLETED")
        change(alerts, "TERMINATED", TWO)
        says(tab, "1 new change: show it")
        assert tab.page.locator("#news").count() == 1
        assert tab.page.locator(NOTICE).get_attribute("href") == "/changes?severity=critical"


def test_a_hidden_page_does_not_listen_and_catches_up(chromium: Browser, alerts: Alerting, site: Served) -> None:
    with chromium.tab(site) as tab:
        listens(tab, "/")
        with tab.page.expect_event("requestfailed"):
            tab.page.evaluate(_HIDE, True)
        change(alerts, "COMPLETED")
        assert tab.page.locator(NOTICE).count() == 0
        tab.page.evaluate(_HIDE, False)
        says(tab, "1 new change: show it")


def test_a_page_that_opens_hidden_waits_until_it_is_seen(chromium: Browser, alerts: Alerting, site: Served) -> None:
    asked: list[str] = []
    with chromium.tab(site) as tab:
        tab.page.on("request", lambda it: asked.append(it.url))
        tab.page.add_init_script("Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })")
        tab.open("/")
        tab.page.evaluate(_ROUND)
        assert [url for url in asked if "waiting.js" in url] and not [url for url in asked if "/events" in url]
        with tab.page.expect_response("**/events?**"):
            tab.page.evaluate(_HIDE, False)


def test_a_server_that_starts_again_is_found_again(chromium: Browser, alerts: Alerting, tmp_path: Path) -> None:
    with served(alerts.program) as first:
        port = first.port
        with chromium.tab(first) as tab:
            listens(tab, "/")
            assert first.stop() == 0
            change(alerts, "COMPLETED")
            with served(alerts.program, "--port", str(port)):
                says(tab, "1 new change: show it")


def test_a_refusal_is_tried_again_each_time_later(chromium: Browser, alerts: Alerting, site: Served) -> None:
    asked: list[str] = []
    with chromium.tab(site) as tab:
        tab.page.clock.install()
        tab.page.on("request", lambda it: asked.append(it.url))
        with crowd(site):
            with tab.page.expect_response("**/events?**") as first:
                tab.open("/")
            with tab.page.expect_response("**/events?**") as second:
                tab.page.clock.fast_forward(30_000)
            assert first.value.status == second.value.status == 503
            tab.page.clock.fast_forward(30_000)
            tab.page.evaluate(_ROUND)
            assert len([url for url in asked if "/events" in url]) == 2
        wait_for(lambda: has_room(site))
        with tab.page.expect_response("**/events?**") as third:
            tab.page.clock.fast_forward(30_000)
        assert third.value.status == 200
        change(alerts, "COMPLETED")
        says(tab, "1 new change: show it")


def test_another_store_is_said(chromium: Browser, alerts: Alerting, site: Served, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    alerts.run("backup", backup)
    with chromium.tab(site) as tab:
        listens(tab, "/")
        alerts.run("restore", backup, "--replace")
        says(tab, "Another store is shown now: load the page again")
        tab.page.locator(NOTICE).click()
        tab.page.wait_for_load_state()
        assert tab.page.locator(NOTICE).count() == 0


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_in_the_notice(chromium: Browser, alerts: Alerting, site: Served, *, dark: bool) -> None:
    with chromium.tab(site, tested=True, dark=dark) as tab:
        listens(tab, "/")
        change(alerts, "COMPLETED")
        says(tab, "1 new change: show it")
        assert tab.violations() == []


def test_it_is_a_status_that_is_not_printed(chromium: Browser, alerts: Alerting, site: Served) -> None:
    with chromium.tab(site) as tab:
        listens(tab, "/")
        assert tab.page.locator("main [role=status]").count() == 1, "there before it says something"
        change(alerts, "COMPLETED")
        says(tab, "1 new change: show it")
        tab.page.emulate_media(media="print")
        assert not tab.page.locator(NOTICE).is_visible()


def test_without_scripts_nothing_listens(chromium: Browser, alerts: Alerting, site: Served) -> None:
    asked: list[str] = []
    with chromium.tab(site, scripts=False) as tab:
        tab.page.on("request", lambda it: asked.append(it.url))
        tab.open("/")
        assert tab.page.locator("#news").inner_text() == "" and tab.complaints == []
        assert not [url for url in asked if "/events" in url or "waiting.js" in url]
