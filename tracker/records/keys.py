"""Lists of things with identity become maps: one site added is then one change, wherever the list was re-sorted.

A key is made of words of the thing itself, never of its position. Where the natural key of two things in one record
collides, both take more of their fields into it; what then still collides takes a short content hash; and exact
doubles, which nothing can tell apart, are counted.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from tracker.records.text import slug

__all__ = ["keyed"]

T = TypeVar("T", bound=msgspec.Struct)
Level = Callable[[T], str]


def keyed(items: Iterable[T], *levels: Level[T], stable: Callable[[T], object] = lambda item: item) -> dict[str, T]:
    """Map of key -> item in key order. `levels` give the natural key first, then what to add where it collides.

    `stable` is what of an item its content hash is taken of: leave out what may change while the item stays the same.
    """
    groups: dict[str, list[T]] = defaultdict(list)
    for item in items:
        groups[slug(levels[0](item)) or "unnamed"].append(item)
    result: dict[str, T] = {}
    for key, group in groups.items():
        result.update({key: group[0]} if len(group) == 1 else _spread(key, group, levels[1:], stable))
    return dict(sorted(result.items()))


def _spread(key: str, group: Sequence[T], levels: Sequence[Level[T]], stable: Callable[[T], object]) -> dict[str, T]:
    """Tell apart the items that share `key`, with one more level, else by content."""
    if not levels:
        return _by_content(key, group, stable)
    finer: dict[str, list[T]] = defaultdict(list)
    for item in group:
        extra = slug(levels[0](item))
        finer[f"{key}~{extra}" if extra else key].append(item)
    result: dict[str, T] = {}
    for finer_key, few in finer.items():
        result.update({finer_key: few[0]} if len(few) == 1 else _spread(finer_key, few, levels[1:], stable))
    return result


def _by_content(key: str, group: Sequence[T], stable: Callable[[T], object]) -> dict[str, T]:
    seen: dict[str, int] = defaultdict(int)
    result: dict[str, T] = {}
    for item in sorted(group, key=msgspec.json.encode):
        mark = hashlib.sha256(msgspec.json.encode(stable(item))).hexdigest()[:8]
        seen[mark] += 1
        result[f"{key}~{mark}" + (f"-{seen[mark]}" if seen[mark] > 1 else "")] = item
    return result
