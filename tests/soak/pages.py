"""Every page in a real browser: each store, three widths, light and dark, with and without JavaScript, and axe-core."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from tests.support.web import browser as browsers
from tests.support.web import stores
from tests.support.web.addresses import addresses
from tests.support.web.browser import Browser
from tests.support.web.looks import faults_of, keyboard_faults, print_faults
from tests.support.web.served import Served, served
from tests.support.web.stores import STORES, Stored, stored

__all__ = ["Looked", "pages", "why_not"]

_WIDTHS = (390, 768, 1440)
_EDGES = (390, 1440)
"""The widths at which axe-core and the keys are tried: between them the same things stand elsewhere."""
_SCHEMES = (False, True)
why_not = browsers.why_not


@dataclass
class Looked:
    """How many pages were looked at, and what was wrong. Each fault names its store, its setting and its page."""

    visits: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.visits} looks, {len(self.wrong)} faults"


def pages(folder: Path) -> Looked:
    """Look at all pages of all stores that can be made here, made in `folder`."""
    looked = Looked()
    with browsers.browser() as browser:
        for name in STORES:
            if not stores.why_not(name):
                found = stored(name, folder)
                with served(found.program, environment=found.environment) as site:
                    looked.wrong += [f"{name}, {it}" for it in _all_of(browser, site, found, looked)]
    return looked


def _all_of(browser: Browser, site: Served, found: Stored, looked: Looked) -> Iterator[str]:
    paths = addresses(found, site)
    for width, dark, scripts in product(_WIDTHS, _SCHEMES, (False, True)):
        with browser.tab(site, width=width, dark=dark, scripts=scripts) as tab:
            for path in paths:
                looked.visits += 1
                yield from (f"{width} px, dark {dark}, scripts {scripts}: {it}" for it in faults_of(tab, path))
    for width, dark in product(_EDGES, _SCHEMES):
        with browser.tab(site, width=width, dark=dark, tested=True) as tab:
            for path in paths:
                looked.visits += 1
                tab.open(path)
                tab.open_all()
                yield from (f"axe at {width} px, dark {dark}: {path}: {it}" for it in tab.violations())
    for width in _EDGES:
        with browser.tab(site, width=width, scripts=False) as tab:
            for path in paths:
                looked.visits += 1
                tab.open(path)
                yield from (f"keys at {width} px: {path}: {it}" for it in keyboard_faults(tab))
                yield from (f"print at {width} px: {path}: {it}" for it in print_faults(tab))


if __name__ == "__main__":
    import sys
    import tempfile

    with tempfile.TemporaryDirectory(prefix="trialwatch-pages-") as made:
        result = pages(Path(made))
    print(result, *result.wrong, sep="\n")  # noqa: T201
    sys.exit(bool(result.wrong))
