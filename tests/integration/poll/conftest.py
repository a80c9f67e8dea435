"""The world every scenario plays in. At the end of each the store must be found whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from schedules.clock import ManualClock
from tests.support.harness import IDS, QUICK, START, Harness, record, settings_for
from tests.support.registry.embedded_registry import RegistryServer
from tracker.app import open_context
from tracker.http.polite_client import Limits


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    """A registry of six trials."""
    with RegistryServer([record(trial) for trial in IDS]) as server:
        yield server


@pytest.fixture
def make_world(registry: RegistryServer) -> Iterator[Callable[[str, Limits], Harness]]:
    """Builds a world on a store's address."""
    with ExitStack() as open_things:

        def make(url: str, limits: Limits = QUICK) -> Harness:
            clock = ManualClock(START)
            settings = settings_for(url, registry)
            context = open_things.enter_context(open_context(settings, clock, limits))
            harness = Harness(settings, registry, clock, context)
            open_things.callback(_found_whole, harness)
            return harness

        yield make


def _found_whole(harness: Harness) -> None:
    assert harness.faults() == []


@pytest.fixture
def harness(make_world: Callable[[str], Harness], tmp_path: Path, _sqlite_template: Path) -> Harness:
    """A world on SQLite with nothing watched yet."""
    path = tmp_path / "world.db"
    shutil.copy(_sqlite_template, path)
    return make_world(f"sqlite:///{path}")
