"""The addresses of all pages, filled in for a store. A page that is added to `PAGES` is among them at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tests.support.web.served import Served
from tests.support.web.stores import Stored
from tracker.web.pages.listed import PAGES

__all__ = ["VARIED", "addresses", "twin_of"]

VARIED: Mapping[str, Sequence[str]] = {
    "/": ("?days=30", "?days=30&severity=major"),
    "/trials": ("?sort=late", "?q=NCT01234560", "?stored=1&sort=slip", "?q=%3Cscript%3Ealert(1)%3C/script%3E&page=2"),
    "/trials/{trial}": ("?version=1", "?as_of=2026-06-30"),
    "/trials/{trial}/compare": ("?from=1&to=2",),
    "/changes": ("?severity=all", "?kind=status.changed", "?since=%22%3E%3Cscript%3E"),
    "/results": ("?sort=due", "?rule=%3Cb%3E"),
    "/alerts": ("?state=dead", "?state=pending"),
}
"""What else is asked of a page: filters, other sorts, the past, nonsense."""
_BESIDE = ("/nowhere", "/login", "/trials/nonsense", "/trials/NCT00000000", "/changes/999999999")
_HOLE = re.compile(r"\{(\w+)\}")
_CHANGES = 2
_KINDS = 3
_BELOW, _DEPTH = 2, 2
"""In short, what lies below the page of a trial is looked at for so many trials."""


def addresses(stored: Stored, served: Served, *, short: bool = False) -> list[str]:
    """Return every address that is looked at. `short`: each page once, and the trials that show most."""
    trials = stored.trials[: stored.leading] if short else stored.trials
    filled = {"trial": trials, "event": _events(served, short=short)}
    found: list[str] = []
    for page in PAGES:
        below = {**filled, "trial": trials[:_BELOW]} if short and page.count("/") > _DEPTH else filled
        for number, path in enumerate(_filled(page, below)):
            queries = () if short or number else VARIED.get(page, ())
            found += [path, *(f"{path}{query}" for query in queries)]
    return [*found, *(_BESIDE[:1] if short else _BESIDE)]


def twin_of(address: str) -> str:
    """Return the address of the JSON twin."""
    path, mark, query = address.partition("?")
    return f"{path}.json{mark}{query}"


def _filled(page: str, values: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a path with each value that its hole can take. Raise KeyError for a hole that is not known here."""
    hole = _HOLE.search(page)
    return [page.replace(hole.group(), value) for value in values[hole.group(1)]] if hole else [page]


def _events(served: Served, *, short: bool) -> list[str]:
    """Return changes of many kinds: the latest, and the gravest."""
    chosen: dict[str, list[str]] = {}
    for severity in ("critical", "all"):
        for change in served.get(f"/changes.json?severity={severity}").json()["changes"]:
            chosen.setdefault(change["kind"], []).append(change["id"])
    first = [events[0] for events in chosen.values()]
    return first[:_KINDS] if short else [*first, *(it for events in chosen.values() for it in events[1:_CHANGES])]
