"""The poll's world in one process, and a site where the daemon runs as a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon.site import Site
from tests.fault_server import RegistryServer
from tests.poll.conftest import make_world, registry, world

__all__ = ["make_world", "registry", "site", "world"]


@pytest.fixture
def site(tmp_path: Path, registry: RegistryServer) -> Iterator[Site]:
    """Six trials are watched and read; it is a Friday afternoon, and the next data set comes on Monday."""
    with Site(tmp_path / "home", registry).settled() as settled:
        yield settled
