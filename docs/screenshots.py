"""Photograph the pages of the demo for the documents: `python -m docs.screenshots`.

It plays the demo, serves it, and takes the pictures with Debian's chromium. The pictures differ a little with the fonts
of a machine, so no test draws them again.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).with_name("images")
CHROMIUM = "/usr/bin/chromium"
_OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
_OPEN = re.compile(r"Open (http://\S+/) in a browser")
_SHOTS = (
    ("page-today", "?days=30", 1280, 760, "light"),
    ("page-trial", "trials/NCT05349331", 1280, 1500, "light"),
    ("page-trial-dark", "trials/NCT05349331", 1280, 1100, "dark"),
    ("page-trial-phone", "trials/NCT05349331", 390, 1000, "light"),
    ("page-trials", "trials", 1280, 1000, "light"),
    ("page-reported", "trials/NCT05349331/reported", 1280, 1000, "light"),
    ("page-compare", "trials/NCT05349331/compare?from=4&to=6", 1280, 900, "light"),
)
"""Name, address, width and height in pixels, colours."""


@contextmanager
def _demo() -> Iterator[str]:
    """Yield the address of the served demo."""
    command = [sys.executable, "-m", "tracker", "demo", "--serve", "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if found := _OPEN.search(line):
                yield found.group(1)
                return
        raise RuntimeError("the demo was not served")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _shoot(page: Page, name: str, address: str, height: int) -> None:
    page.goto(address)
    size = page.viewport_size
    assert size is not None
    clip = {"x": 0.0, "y": 0.0, "width": float(size["width"]), "height": float(height)}
    page.screenshot(path=IMAGES / f"{name}.png", clip=clip, full_page=True)  # type: ignore[arg-type]


def main() -> None:
    """Take all pictures."""
    with _demo() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_OPTIONS)
        for name, path, width, height, colours in _SHOTS:
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=colours)
            _shoot(context.new_page(), name, f"{url}{path}", height)
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
