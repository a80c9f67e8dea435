"""The composition root: builds everything a process needs from its settings, and closes it again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from schedules.clock import Clock
from tracker import __version__
from tracker.holder import holder_name
from tracker.house import House
from tracker.opening import clock_of, open_store
from tracker.politeness import StoredGate
from tracker.registries.ctgov import Ctgov
from tracker.registries.ctgov.client import CtgovClient
from tracker.registries.http import Limits, PoliteClient
from tracker.settings import Settings

__all__ = ["open_house", "user_agent"]


def user_agent(settings: Settings) -> str:
    contact = f" ({settings.ctgov.contact})" if settings.ctgov.contact else ""
    return f"trialwatch/{__version__}{contact}"


@contextmanager
def open_house(settings: Settings, clock: Clock | None = None, limits: Limits | None = None) -> Iterator[House]:
    """Store, clock and registries, open. Nothing is asked of a registry yet. `limits`: of its requests."""
    time = clock or clock_of(settings)
    with open_store(settings, time) as database:
        holder = holder_name()
        gate = StoredGate(database, time, requests_per_second=settings.ctgov.requests_per_second, holder=holder)
        http = PoliteClient(
            gate, time, user_agent=user_agent(settings), limits=limits, proxy=settings.ctgov.proxy or None
        )
        try:
            registry = Ctgov(CtgovClient(http, settings.ctgov.url))
            yield House(database, time, {registry.name: registry}, holder, http)
        finally:
            http.close()
