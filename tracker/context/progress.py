"""How long work tells how far it is. Plain callables, so that the pure parts know nothing of terminals."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress", "silent"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is in all (0: not known)."""


def silent(_what: str, _done: int, _total: int) -> None:
    """Tell nobody."""
