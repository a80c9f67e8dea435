"""Many values, a few at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import TypeVar

__all__ = ["IN_LIMIT", "batches", "each_once", "sorted_once"]

IN_LIMIT = 500
"""Values in one IN: far below the parameter limits of both databases, and enough to need few round trips."""

Item = TypeVar("Item")


def batches(items: Iterable[Item], size: int = IN_LIMIT) -> Iterator[list[Item]]:
    """Yield lists of at most `size` items."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def each_once(names: Sequence[str]) -> Iterable[str]:
    """Return the names without repetitions, in the order given. Many names that are in order are not copied."""
    return names if _are_in_order(names) else dict.fromkeys(names)


def sorted_once(names: Sequence[str]) -> Sequence[str]:
    """Return the names sorted, without repetitions. Many names that are in order are not copied."""
    return names if _are_in_order(names) else sorted(set(names))


def _are_in_order(names: Sequence[str]) -> bool:
    return all(one < other for one, other in pairwise(names))
