"""The pages in a real browser, in a short form; `make soak` looks at the whole matrix.

Each page at a phone's width and a desk's, on stores of four kinds: no message in the console, no breach of the policy,
nothing wider than the screen, nothing that axe-core finds, nothing that only a mouse reaches.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.web.addresses import addresses
from tests.support.web.browser import AXE, Browser, Tab
from tests.support.web.looks import faults_of, keyboard_faults, links, print_faults
from tests.support.web.stores import REAL
from tests.system.web.conftest import SiteOf
from tracker.demo.story import SEED
from tracker.web.pages.listed import PAGES

PHONE, TABLET, DESK = 390, 768, 1440
README = Path(AXE).parents[1] / "README.md"


@pytest.fixture
def demo_tab(chromium: Browser, site_of: SiteOf) -> Iterator[Tab]:
    with chromium.tab(site_of("demo")[1]) as tab:
        yield tab


@pytest.mark.parametrize(
    ("name", "width"),
    [("demo", PHONE), ("demo", DESK), ("hostile", PHONE), ("hostile", DESK), ("empty", PHONE), (REAL, DESK)],
)
def test_every_page_is_quiet_and_as_wide_as_its_screen(
    chromium: Browser, site_of: SiteOf, name: str, width: int
) -> None:
    stored, served = site_of(name)
    with chromium.tab(served, width=width, scripts=False) as tab:
        wrong = [it for path in addresses(stored, served, short=True) for it in faults_of(tab, path)]
    assert not wrong, "\n".join(wrong)


def test_with_scripts_and_in_the_dark_they_are_as_quiet(chromium: Browser, site_of: SiteOf) -> None:
    served = site_of("demo")[1]
    paths = ["/", "/trials", f"/trials/{SEED}", f"/trials/{SEED}/reported", "/changes", "/results", "/status"]
    with chromium.tab(served, width=TABLET, dark=True) as tab:
        assert [it for path in paths for it in faults_of(tab, path)] == []


def test_every_page_of_the_list_is_looked_at(site_of: SiteOf) -> None:
    stored, served = site_of("demo")
    answered = {path for path in addresses(stored, served, short=True) if served.get(path).status_code == 200}
    shapes = {page: re.compile(re.sub(r"\{\w+\}", "[^/?]+", page)) for page in PAGES}
    assert {page for page, shape in shapes.items() if not any(map(shape.fullmatch, answered))} == set()


def test_axe_finds_nothing_on_any_page(chromium: Browser, site_of: SiteOf) -> None:
    stored, served = site_of("demo")
    found = {}
    with chromium.tab(served, tested=True) as tab:
        for path in addresses(stored, served, short=True):
            tab.open(path)
            tab.open_all()
            found[path] = tab.violations()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("name", ["demo", "hostile"])
def test_axe_finds_nothing_in_the_dark(chromium: Browser, site_of: SiteOf, name: str) -> None:
    stored, served = site_of(name)
    paths = ["/", f"/trials/{stored.trials[-1]}", "/alerts"]
    found = {}
    with chromium.tab(served, width=PHONE, dark=True, tested=True) as tab:
        for path in paths:
            tab.open(path)
            found[path] = tab.violations()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_keyboard_alone_reaches_everything(chromium: Browser, site_of: SiteOf, width: int) -> None:
    served = site_of("demo")[1]
    paths = ["/", "/trials", f"/trials/{SEED}", f"/trials/{SEED}/compare", "/results", "/alerts"]
    with chromium.tab(served, width=width, scripts=False) as tab:
        wrong = {}
        for path in paths:
            tab.open(path)
            wrong[path] = keyboard_faults(tab)
    assert {path: found for path, found in wrong.items() if found} == {}


def test_the_first_key_leads_past_the_navigation(demo_tab: Tab) -> None:
    demo_tab.open("/trials")
    demo_tab.page.keyboard.press("Tab")
    assert demo_tab.page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0, "the link is seen"
    demo_tab.page.keyboard.press("Enter")
    assert demo_tab.page.evaluate("document.activeElement.id") == "main"
    demo_tab.page.keyboard.press("Tab")
    assert demo_tab.page.evaluate("document.activeElement.closest('main') !== null")


def test_keys_unfold_and_search(demo_tab: Tab) -> None:
    demo_tab.open(f"/trials/{SEED}")
    demo_tab.page.locator("main summary").first.focus()
    demo_tab.page.keyboard.press("Enter")
    assert demo_tab.page.evaluate("document.activeElement.parentElement.open") is True
    demo_tab.page.locator("#find").focus()
    demo_tab.page.keyboard.type("Sun Yat-sen")
    demo_tab.page.keyboard.press("Enter")
    demo_tab.page.wait_for_url("**/trials?q=Sun+Yat-sen")
    assert demo_tab.page.locator("table.trials tbody tr").count() == 2


def test_a_filter_that_is_chosen_is_applied_where_scripts_run(demo_tab: Tab) -> None:
    demo_tab.open("/trials")
    before = demo_tab.page.locator("table.trials tbody tr").count()
    demo_tab.page.select_option("#by-results", "posted")
    demo_tab.page.wait_for_url("**results=posted**")
    assert 0 < demo_tab.page.locator("table.trials tbody tr").count() < before
    assert demo_tab.complaints == []


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_paper_shows_what_is_folded_and_nothing_to_press(chromium: Browser, site_of: SiteOf, width: int) -> None:
    served = site_of("demo")[1]
    wrong = {}
    with chromium.tab(served, width=width, dark=True, scripts=False) as tab:
        for path in ("/", "/trials", f"/trials/{SEED}", f"/trials/{SEED}/reported", f"/trials/{SEED}/compare"):
            tab.open(path)
            wrong[path] = print_faults(tab)
    assert {path: found for path, found in wrong.items() if found} == {}


def test_no_link_leads_nowhere(chromium: Browser, site_of: SiteOf) -> None:
    stored, served = site_of("demo")
    linked: dict[str, str] = {}
    with chromium.tab(served, scripts=False) as tab:
        for path in addresses(stored, served, short=True):
            tab.open(path)
            linked |= {it.partition("#")[0]: path for it in links(tab)}
    assert {it: path for it, path in linked.items() if it and served.get(it).status_code != 200} == {
        "/nowhere": "/nowhere"
    }


PLANTED = """<!doctype html><html><head><title>x</title></head><body><main>
<script>document.title = "run"</script><p style="width: 3000px">wide</p><img src="https://example.org/a.png">
<button></button>
<a href="#nowhere">lost</a><details><summary>more</summary><p>text</p></details></main></body></html>"""


def test_what_is_looked_for_is_seen(chromium: Browser, site_of: SiteOf) -> None:
    """A page with one fault of each kind, under the policy of the pages."""
    served = site_of("empty")[1]
    headers = {"content-security-policy": served.get("/").headers["content-security-policy"]}
    for tested in (False, True):
        with chromium.tab(served, tested=tested) as tab:
            tab.page.route("**/planted", lambda it: it.fulfill(body=PLANTED, content_type="text/html", headers=headers))
            found = faults_of(tab, "/planted")
            if tested:
                assert any("example.org" in it for it in found) and any("3008 px wide" in it for it in found)
                assert any("button-name" in it for it in tab.violations())
            else:
                assert sum("Content Security Policy" in it for it in found) >= 3, found
                assert keyboard_faults(tab) == ["no ring: 'button'", "no ring: 'a lost'", "no ring: 'summary more'"]
                assert "/planted: no such place: #nowhere" in found
                assert print_faults(tab) == ["printed on rgba(0, 0, 0, 0)"]


def test_axe_is_the_script_that_the_readme_names() -> None:
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() in README.read_text(encoding="utf-8")
