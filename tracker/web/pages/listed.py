"""Every page by its address. The JSON twin of each is its path with `.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from starlette.requests import Request

from tracker.web.pages import (
    alerts,
    change,
    changes,
    compare,
    owed,
    reported,
    sets,
    similar,
    status,
    today,
    trial,
    trials,
)
from tracker.web.pages.page import Page
from tracker.web.site import Site

__all__ = ["PAGES", "PageOf"]

PageOf = Callable[[Site, Request], Page]

PAGES: Mapping[str, PageOf] = MappingProxyType(
    {
        "/": today.page,
        "/trials": trials.page,
        "/trials/{trial}": trial.page,
        "/trials/{trial}/compare": compare.page,
        "/trials/{trial}/reported": reported.page,
        "/trials/{trial}/similar": similar.page,
        "/changes": changes.page,
        "/changes/{event}": change.page,
        "/results": owed.page,
        "/sets": sets.page,
        "/alerts": alerts.page,
        "/status": status.page,
    }
)
