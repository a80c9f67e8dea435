"""The poll's world in one process, and a site where the daemon runs as a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.poll.conftest import harness, make_world, registry
from tests.support.daemon.daemon_process import DaemonProcess
from tests.support.registry.embedded_registry import RegistryServer

__all__ = ["harness", "make_world", "registry", "site"]


@pytest.fixture
def site(tmp_path: Path, registry: RegistryServer) -> Iterator[DaemonProcess]:
    """Six trials are watched and read; it is a Friday afternoon, and the next data set comes on Monday."""
    with DaemonProcess(tmp_path / "home", registry).settled() as settled:
        yield settled
