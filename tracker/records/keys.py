"""Lists of things with identity become maps: one site added is then one change, wherever the list was re-sorted.

A key is made of words of the thing itself, never of its position. Where the natural key of two things in one record
collides, both take more of their fields into it; what then still collides takes a short content hash; and exact
doubles, which nothing can tell apart, are counted.
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
    """What tells namesakes apart by their content, whatever dress their texts are in."""

    compared: Callable[[T], T]
    stable: Callable[[T], object]

    def place(self, item: T) -> tuple[bytes, bytes]:
        """Sorts namesakes: by what is compared of them; by all of them where that is equal."""
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
    """Map of key -> item in key order. `levels` give the natural key first, then what to add where it collides.

    `compared` is the item without what is never compared; `stable`, what of that its content hash is taken of: leave
    out what may change while the item stays the same.
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
    """Tell apart the items that share `key`, with one more level, else by content."""
    if not levels:
        return _by_content(key, group, marks)
    finer: dict[str, list[T]] = defaultdict(list)
    for item in group:
        extra = slug(levels[0](item))
        finer[f"{key}~{extra}" if extra else key].append(item)
    result: dict[str, T] = {}
    for finer_key, few in finer.items():
        # Those with nothing to add at this level get an empty word for it, so that no key below can meet one of here.
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
