"""The list of registries. A new one is a folder beside this file, and one line here (with its import).

The first is the default. A mistyped id is explained as an id of it, and the pace of the others is derived from its
pace.
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
"""All registries by name, in a fixed order."""
FIRST: Registry = _LISTED[0]


def calendar_of(name: str) -> Calendar | None:
    """Return when a registry publishes. None if it has no fixed hours, or is no longer read."""
    registry = REGISTRIES.get(name)
    return registry.calendar if registry is not None else None


def searched() -> tuple[Registry, SearchLanguage]:
    """Return the first registry that can be searched, with its language. Queries of plain words go there."""
    return next((registry, registry.search) for registry in _LISTED if registry.search is not None)
