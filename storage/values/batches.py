"""Many values, a few at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

__all__ = ["IN_LIMIT", "batches"]

IN_LIMIT = 500
"""Values in one IN: far below the parameter limits of both databases, and enough to need few round trips."""

Item = TypeVar("Item")


def batches(items: Iterable[Item], size: int = IN_LIMIT) -> Iterator[list[Item]]:
    """Yield lists of at most `size` items."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
