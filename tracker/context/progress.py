"""Report progress of long work. Plain callables, so that the pure parts know nothing about terminals."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress", "silent"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and the total (0: not known)."""


def silent(_what: str, _done: int, _total: int) -> None:
    """Report nothing."""
