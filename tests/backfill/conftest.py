"""The world of the poll tests, for the past."""

from __future__ import annotations

from tests.poll.conftest import make_world, registry, world

__all__ = ["make_world", "registry", "world"]
