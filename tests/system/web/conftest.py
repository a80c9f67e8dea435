"""A browser and the servers it looks at: each once a process, and each store once a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.support.web.browser import Browser, browser, why_not
from tests.support.web.served import Served, served
from tests.support.web.stores import Stored, stored
from tests.support.web.stores import why_not as why_no_store

Site = tuple[Stored, Served]
SiteOf = Callable[[str], Site]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if reason := why_not():
        pytest.skip(reason)
    with browser() as running:
        yield running


@pytest.fixture(scope="session")
def site_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteOf]:
    """Return a function that serves a store by its name."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    sites: dict[str, Site] = {}
    with ExitStack() as open_ones:

        def site(name: str) -> Site:
            if reason := why_no_store(name):
                pytest.skip(reason)
            if name not in sites:
                found = stored(name, folder)
                sites[name] = (found, open_ones.enter_context(served(found.program, environment=found.environment)))
            return sites[name]

        yield site
