"""A real browser: Chromium, as Debian packages it, led by playwright. Nothing is downloaded.

A visit collects what a person would find in the console, and what they would see on the screen.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.support.web.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

__all__ = ["AXE", "Browser", "Tab", "browser", "why_not"]

_OPTIONS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")
AXE = Path(__file__).with_name("vendor") / "axe-core@4.14.1" / "axe.min.js"
_HEIGHT = 900
_FOUND = "Failed to load resource: the server responded with a status of"

_SIDEWAYS = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const found = [];
  for (const it of document.querySelectorAll("body *")) {
    const box = it.getBoundingClientRect();
    if (box.right <= wide + 0.5 || box.width === 0) continue;
    let held = false;
    for (let up = it.parentElement; up; up = up.parentElement)
      held ||= up !== document.body && getComputedStyle(up).overflowX !== "visible";
    if (!held) found.push(`${it.tagName.toLowerCase()}.${it.getAttribute("class") || ""} to ${Math.round(box.right)}`);
  }
  return [`${document.documentElement.scrollWidth} px wide`, ...found.slice(0, 6)];
}"""
_VIOLATIONS = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.map(it => `${it.id}: ` + it.nodes.slice(0, 4).map(
    each => `${each.target.join(" ")} (${each.failureSummary.split("\\n")[1]?.trim()})`).join("; "));
}"""
_OPEN_ALL = 'for (const it of document.querySelectorAll("details")) it.open = true'


def why_not() -> str:
    """Return why no browser can be run here, "" if one can."""
    if find_spec("playwright") is None:
        return "playwright is not installed here (extra 'test')"
    return "" if shutil.which("chromium") else "chromium is not installed here"


@dataclass
class Tab:
    """One tab of a browser at a width, in a scheme, with or without JavaScript, for the pages of one server."""

    page: Page
    served: Served
    complaints: list[str] = field(default_factory=list)
    status: int = 0

    def open(self, path: str) -> None:
        """Open a page. What it complains of is in `complaints`."""
        self.complaints.clear()
        answer = self.page.goto(self.served.url.rstrip("/") + path, wait_until="load")
        self.status = answer.status if answer is not None else 0

    def open_all(self) -> None:
        """Unfold everything that is folded."""
        self.page.evaluate(_OPEN_ALL)

    def sideways(self) -> list[str]:
        """Return how wide the page is and what makes it so, if it can be scrolled to the side."""
        found: list[str] = self.page.evaluate(_SIDEWAYS)
        return found

    def violations(self) -> list[str]:
        """Return what axe-core finds wrong."""
        self.page.add_script_tag(path=str(AXE))
        found: list[str] = self.page.evaluate(_VIOLATIONS)
        return found

    # -- what is listened to

    def hears(self, message: ConsoleMessage) -> None:
        # A page that says 404 is meant to; a browser names it in the console all the same.
        if not (message.text.startswith(_FOUND) and message.location.get("url", "") == self.page.url):
            self.complaints.append(f"console: {message.text}")

    def sees_request(self, request: Request) -> None:
        where = urlsplit(request.url)
        if where.scheme != "data" and f"{where.scheme}://{where.netloc}/" != self.served.url:
            self.complaints.append(f"request to {request.url}")

    def sees_failure(self, request: Request) -> None:
        # A page that is left, or hidden, ends its stream of news itself.
        if not (request.resource_type == "eventsource" and request.failure == "net::ERR_ABORTED"):
            self.complaints.append(f"failed: {request.url}")

    def sees_response(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.complaints.append(f"{response.status} for {response.url}")


class Browser:
    """A running Chromium."""

    def __init__(self, chromium: Chromium) -> None:
        self.chromium = chromium

    @contextmanager
    def named(self, name: str) -> Iterator[Browser]:
        """Run another one, for which a name leads to this machine. What comes from there is another machine to it."""
        rules = f"--host-resolver-rules=MAP {name} 127.0.0.1"
        other = self.chromium.browser_type.launch(
            executable_path=shutil.which("chromium"), headless=True, args=[*_OPTIONS, rules]
        )
        try:
            yield Browser(other)
        finally:
            other.close()

    @contextmanager
    def tab(
        self, served: Served, *, width: int = 1440, dark: bool = False, scripts: bool = True, tested: bool = False
    ) -> Iterator[Tab]:
        """Yield a tab. `tested`: axe-core may be put into its pages, which their policy forbids."""
        context: BrowserContext = self.chromium.new_context(
            viewport={"width": width, "height": _HEIGHT},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            bypass_csp=tested,
            reduced_motion="reduce",
        )
        context.set_default_timeout(60_000)
        try:
            tab = Tab(context.new_page(), served)
            tab.page.on("console", tab.hears)
            tab.page.on("pageerror", lambda error: tab.complaints.append(f"error: {error}"))
            tab.page.on("dialog", _dismissed(tab))
            tab.page.on("requestfailed", tab.sees_failure)
            tab.page.on("request", tab.sees_request)
            tab.page.on("response", tab.sees_response)
            yield tab
        finally:
            context.close()


def _dismissed(tab: Tab) -> Any:
    def dismiss(dialog: Any) -> None:
        tab.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    return dismiss


@contextmanager
def browser() -> Iterator[Browser]:
    """Run Chromium while the block runs."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (it may be missing: see `why_not`)

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), headless=True, args=list(_OPTIONS)
        )
        try:
            yield Browser(chromium)
        finally:
            chromium.close()
