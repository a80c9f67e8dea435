"""Turn lists of things into maps with stable keys, so that re-sorting a list is no change.

A key is made of words of the thing itself, never of its position. If the natural keys of two things collide, both keys
get more of their fields. If they still collide, both get a short content hash. Exact duplicates are numbered.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from tracker.records.text import folded, slug

__all__ = ["keyed"]

T = TypeVar("T", bound=msgspec.Struct)
Level = Callable[[T], str]


@dataclass(frozen=True, slots=True)
class _Marks(Generic[T]):
    """Tells items with the same key apart by their content, ignoring how their texts are written."""

    compared: Callable[[T], T]
    stable: Callable[[T], object]

    def place(self, item: T) -> tuple[bytes, bytes]:
        """Return the sort key of an item: what is compared of it first, then all of it."""
        return _plain(self.compared(item)), msgspec.json.encode(item)

    def mark(self, item: T) -> str:
        return hashlib.sha256(_plain(self.stable(self.compared(item)))).hexdigest()[:8]


def _plain(value: object) -> bytes:
    return msgspec.json.encode(folded(msgspec.to_builtins(value)))


def keyed(
    items: Iterable[T],
    *levels: Level[T],
    compared: Callable[[T], T] = lambda item: item,
    stable: Callable[[T], object] = lambda item: item,
) -> dict[str, T]:
    """Return a map of key to item, in key order. `levels` give the natural key, then the additions for collisions.

    `compared` returns the item without fields that are never compared. `stable` returns the part of that to hash: leave
    out fields that may change while the item stays the same.
    """
    groups: dict[str, list[T]] = defaultdict(list)
    for item in items:
        groups[slug(levels[0](item)) or "unnamed"].append(item)
    result: dict[str, T] = {}
    for key, group in groups.items():
        if len(group) == 1:
            result[key] = group[0]
        else:
            result.update(_spread(key, group, levels[1:], _Marks(compared, stable)))
    return dict(sorted(result.items()))


def _spread(key: str, group: Sequence[T], levels: Sequence[Level[T]], marks: _Marks[T]) -> dict[str, T]:
    """Tell apart the items that share `key`, by one more level, or by content if no level is left."""
    if not levels:
        return _by_content(key, group, marks)
    finer: dict[str, list[T]] = defaultdict(list)
    for item in group:
        extra = slug(levels[0](item))
        finer[f"{key}~{extra}" if extra else key].append(item)
    result: dict[str, T] = {}
    for finer_key, few in finer.items():
        # Items with nothing to add at this level get an empty word. So no key below can collide with one from here.
        deeper = finer_key if finer_key != key else f"{key}~"
        result.update({finer_key: few[0]} if len(few) == 1 else _spread(deeper, few, levels[1:], marks))
    return result


def _by_content(key: str, group: Sequence[T], marks: _Marks[T]) -> dict[str, T]:
    seen: dict[str, int] = defaultdict(int)
    result: dict[str, T] = {}
    for item in sorted(group, key=marks.place):
        mark = marks.mark(item)
        seen[mark] += 1
        result[f"{key}~{mark}" + (f"-{seen[mark]}" if seen[mark] > 1 else "")] = item
    return result
