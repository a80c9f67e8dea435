"""The world every scenario plays in. At the end of each the store must be found whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from schedules.clock import ManualClock
from tests.fault_server import RegistryServer
from tests.poll.world import IDS, QUICK, START, World, record, settings_for
from tracker.app import open_context
from tracker.http.polite_client import Limits


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    """A registry of six trials."""
    with RegistryServer([record(trial) for trial in IDS]) as server:
        yield server


@pytest.fixture
def make_world(registry: RegistryServer) -> Iterator[Callable[[str, Limits], World]]:
    """Builds a world on a store's address."""
    with ExitStack() as open_things:

        def make(url: str, limits: Limits = QUICK) -> World:
            clock = ManualClock(START)
            settings = settings_for(url, registry)
            context = open_things.enter_context(open_context(settings, clock, limits))
            world = World(settings, registry, clock, context)
            open_things.callback(_found_whole, world)
            return world

        yield make


def _found_whole(world: World) -> None:
    assert world.faults() == []


@pytest.fixture
def world(make_world: Callable[[str], World], tmp_path: Path, _sqlite_template: Path) -> World:
    """A world on SQLite with nothing watched yet."""
    path = tmp_path / "world.db"
    shutil.copy(_sqlite_template, path)
    return make_world(f"sqlite:///{path}")
