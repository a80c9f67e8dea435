"""Every page by its address. The JSON twin of each is its path with `.json`.

Each page has a module, imported when it is first asked for: the first page after a start waits for no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from importlib import import_module
from types import MappingProxyType

from starlette.requests import Request

from tracker.web.shown_page import Page
from tracker.web.site import Site

__all__ = ["IN_TURN", "PAGES", "PageOf"]

PageOf = Callable[[Site, Request], Page]


def _page(name: str) -> PageOf:
    def page(site: Site, request: Request) -> Page:
        found: PageOf = import_module(f"tracker.web.pages.{name}").page
        return found(site, request)

    return page


PAGES: Mapping[str, PageOf] = MappingProxyType(
    {
        "/": _page("today"),
        "/trials": _page("trials"),
        "/trials/{trial}": _page("trial"),
        "/trials/{trial}/compare": _page("compare"),
        "/trials/{trial}/reported": _page("reported"),
        "/trials/{trial}/similar": _page("similar"),
        "/changes": _page("changes"),
        "/changes/{event}": _page("change"),
        "/results": _page("owed"),
        "/sets": _page("sets"),
        "/alerts": _page("alerts"),
        "/status": _page("status"),
    }
)

IN_TURN: Set[str] = frozenset({"/trials/{trial}/similar"})
"""Pages that read the whole index, or wait for a command that makes it. They are made one at a time."""
