"""The registries that are read. A new one is a folder beside this file, and its line here (with its import).

The first is the one meant where nothing says which: a mistyped id is explained as one of its, and its pace is the
measure of the others'.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schedules.calendars import Calendar
from tracker.registries.ctgov import Ctgov
from tracker.registries.euctr import Euctr
from tracker.registries.registry import Registry
from tracker.registries.search import SearchLanguage

__all__ = ["FIRST", "REGISTRIES", "calendar_of", "searched"]

_LISTED: tuple[Registry, ...] = (
    Ctgov(),
    Euctr(),
)
REGISTRIES: Mapping[str, Registry] = MappingProxyType({registry.name: registry for registry in _LISTED})
"""Every registry by its name, in one order."""
FIRST: Registry = _LISTED[0]


def calendar_of(name: str) -> Calendar | None:
    """When a registry publishes; None for one that has no hours, or is not read any more."""
    registry = REGISTRIES.get(name)
    return registry.calendar if registry is not None else None


def searched() -> tuple[Registry, SearchLanguage]:
    """The first registry that can be searched, with its language: the one a query of words is meant for."""
    return next((registry, registry.search) for registry in _LISTED if registry.search is not None)
