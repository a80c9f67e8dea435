"""Run async code in a thread of its own. A test that drives a browser leaves an event loop in the thread of all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import anyio

__all__ = ["run_async"]

Found = TypeVar("Found")


def run_async(work: Callable[..., Awaitable[Found]], *arguments: Any) -> Found:
    """Return what `work` returns, or raise what it raises."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(anyio.run, work, *arguments).result()
