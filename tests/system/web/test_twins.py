"""The JSON twin of each page: the same facts in the shape that is promised, or one problem in the form of RFC 9457."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from tests.support.web.addresses import addresses, twin_of
from tests.support.web.stores import REAL
from tests.system.web.conftest import SiteOf
from tracker.api import pages
from tracker.api.base import Shape
from tracker.api.reported import ReportedResults
from tracker.api.similar import Similar
from tracker.api.trials import Diff
from tracker.web.failures import PROBLEM
from tracker.web.pages.listed import PAGES

SHAPES: Mapping[str, type[Shape]] = {
    "/": pages.TodayPage,
    "/trials": pages.TrialsList,
    "/trials/{trial}": pages.TrialPage,
    "/trials/{trial}/compare": Diff,
    "/trials/{trial}/reported": ReportedResults,
    "/trials/{trial}/similar": Similar,
    "/changes": pages.ChangesPage,
    "/changes/{event}": pages.ChangePage,
    "/results": pages.OwedList,
    "/sets": pages.SetsPage,
    "/alerts": pages.AlertsPage,
    "/status": pages.StatusPage,
}


def page_of(path: str) -> str | None:
    """Return the address in `PAGES` that a path belongs to."""
    parts = path.partition("?")[0].split("/")
    return next(
        (
            page
            for page in PAGES
            if len(page.split("/")) == len(parts)
            and all(it.startswith("{") or it == ours for it, ours in zip(page.split("/"), parts, strict=True))
        ),
        None,
    )


def test_every_page_promises_a_shape() -> None:
    assert SHAPES.keys() == PAGES.keys()


@pytest.mark.parametrize("name", ["demo", "hostile", "empty", REAL])
def test_each_twin_has_its_shape(site_of: SiteOf, name: str) -> None:
    stored, served = site_of(name)
    seen = 0
    for path in addresses(stored, served, short=True):
        if (page := page_of(path)) is None:
            continue
        twin = served.get(twin_of(path))
        if twin.status_code == 200:
            msgspec.json.decode(twin.content, type=SHAPES[page], strict=True)
            assert twin.headers["content-type"] == "application/json"
            seen += 1
        else:
            problem = twin.json()
            assert twin.headers["content-type"] == PROBLEM, path
            assert problem["status"] == twin.status_code < 500 and problem["detail"], path
    assert seen >= 7
