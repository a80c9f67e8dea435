"""Find items of a keyed map that are equal under another key, without comparing all pairs. Pure.

Items are grouped by a digest of their compared content, and only items of one group are compared. If the digests agree
too often and the contents do not, which no real record causes, the search ends. The items are then reported as removed
and added.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from tracker.changes.fields import field_of
from tracker.records.text import folded

__all__ = ["twins"]

Path = tuple[str, ...]
_MOST_TRIES = 8
"""Number of items of a group that one item is compared with."""


def twins(
    gone: Mapping[str, Any], come: Mapping[str, Any], path: Path, alike: Callable[[Any, Any, Path], bool]
) -> dict[str, str]:
    """Return key in `gone` -> key in `come` of the same item, in key order, each once.

    `path` is that of the map. `alike` decides whether two items are the same. It is called for few pairs.
    """
    # Only namesakes can lengthen each other's keys, so the part before "~" must be the same.
    bases = {_base(key) for key in gone} & {_base(key) for key in come}
    boxes: dict[tuple[str, bytes], list[str]] = defaultdict(list)
    for key in sorted(come, reverse=True):
        if _base(key) in bases:
            boxes[_base(key), _digest(come[key], (*path, key))].append(key)
    found: dict[str, str] = {}
    for key in sorted(gone):
        box = boxes.get((_base(key), _digest(gone[key], (*path, key)))) if _base(key) in bases else None
        # The smallest key is last, so that removing it is cheap.
        for at in range(len(box) - 1, max(-1, len(box) - 1 - _MOST_TRIES), -1) if box else ():
            if box and alike(gone[key], come[box[at]], (*path, key)):
                found[key] = box.pop(at)
                break
    return found


def _base(key: str) -> str:
    return key.partition("~")[0]


def _digest(item: Any, path: Path) -> bytes:
    """Return a digest that is equal for items that are alike, and hardly ever for others."""
    return hashlib.sha256(orjson.dumps(_compared(item, path), option=orjson.OPT_SORT_KEYS)).digest()


def _compared(value: Any, path: Path) -> Any:
    """Return what can make two items differ, without keys of things that may have new keys themselves."""
    if not isinstance(value, dict):
        return folded(value) if value not in (None, (), []) else None
    if path[0] == "sites" and path[-1] == "contacts":
        return sorted(orjson.dumps(_compared(item, (*path, key))) for key, item in value.items()) or None
    # The registry writes a city beside a postcode by itself, so it is not compared.
    unsaid = "city" if path[0] == "sites" and value.get("zip") else ""
    texts = {
        key: found
        for key, item in value.items()
        if key != unsaid
        and field_of((*path, key)).kind is not None
        and (found := _compared(item, (*path, key))) is not None
    }
    return texts or None
