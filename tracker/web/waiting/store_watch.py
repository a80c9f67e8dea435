"""Wait for changes: a request sleeps, and one look at the store serves all that sleep.

No thread, connection or transaction is held in between.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import anyio
from starlette.concurrency import run_in_threadpool

__all__ = ["EVERY", "StoreMark", "StoreWatch"]

EVERY = 0.25
"""Seconds between two looks, while a request waits."""


class StoreMark(NamedTuple):
    """How far a store has come: the seq of its last change, and its id."""

    seq: int
    store: str


@dataclass(slots=True)
class StoreWatch:
    """Tells all requests that wait when there is more. `stopwatch`: seconds that only grow.

    `read` reads the mark: one row.
    """

    read: Callable[[], tuple[int, str]]
    stopwatch: Callable[[], float]
    _turn: anyio.Lock = field(default_factory=anyio.Lock)
    _seen: tuple[float, StoreMark] | None = None

    async def now(self) -> StoreMark:
        """Read the mark at this moment."""
        return StoreMark(*await run_in_threadpool(self.read))

    async def beyond(self, mark: StoreMark, is_over: Callable[[], Awaitable[bool]]) -> StoreMark:
        """Wait until the store has another mark, and return it. Return the same one once `is_over` says so."""
        while (found := await self._look()) == mark and not await is_over():
            await anyio.sleep(EVERY)
        return found

    async def _look(self) -> StoreMark:
        async with self._turn:
            seconds = self.stopwatch()
            if self._seen is None or seconds - self._seen[0] >= EVERY / 2:
                self._seen = seconds, await self.now()
            return self._seen[1]
