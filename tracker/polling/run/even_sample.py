"""An even sample of things that come one by one, in memory that does not grow with their number. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["EvenSample"]

Item = TypeVar("Item")


@dataclass(slots=True)
class EvenSample(Generic[Item]):
    """Keeps every n-th item, at least `size` of them and less than twice as many, or all while they are fewer."""

    size: int
    #: The number of items that came.
    total: int = 0
    kept: list[Item] = field(default_factory=list)
    _every: int = 1

    def add(self, items: Iterable[Item]) -> None:
        for item in items:
            if self.total % self._every == 0:
                self.kept.append(item)
                if len(self.kept) == 2 * self.size:
                    del self.kept[1::2]
                    self._every *= 2
            self.total += 1
