"""The world of the poll tests, for the past."""

from __future__ import annotations

from tests.integration.poll.conftest import harness, make_world, registry

__all__ = ["harness", "make_world", "registry"]
