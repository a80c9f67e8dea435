"""One search of the stored trials at a time: each reads the whole index. The other threads stay free meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

__all__ = ["in_turn"]

Found = TypeVar("Found")
_ONE = CapacityLimiter(1)


async def in_turn(search: Callable[[], Found]) -> Found:
    """Run a search in a thread of its own when no other one runs. No thread is held by waiting."""
    return await to_thread.run_sync(search, limiter=_ONE)
