"""Items of a keyed map that are the same under another key, found without comparing each with each. Pure.

Items are put into boxes by a digest of what is compared of them, and only those of one box are compared. Where the
digest says "perhaps" too often, which no honest record does, the search ends, and the items are told as gone and come.
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
"""Items of one box that one item is compared with."""


def twins(
    gone: Mapping[str, Any], come: Mapping[str, Any], path: Path, alike: Callable[[Any, Any, Path], bool]
) -> dict[str, str]:
    """Key in `gone` -> the key in `come` of the same item, in key order, each once.

    `path`: of the map they were in. `alike` decides whether two items are the same; it is asked about few.
    """
    bases = {_base(key) for key in gone} & {_base(key) for key in come}
    boxes: dict[tuple[str, bytes], list[str]] = defaultdict(list)
    for key in sorted(come, reverse=True):
        if _base(key) in bases:
            boxes[_base(key), _digest(come[key], (*path, key))].append(key)
    found: dict[str, str] = {}
    for key in sorted(gone):
        box = boxes.get((_base(key), _digest(gone[key], (*path, key)))) if _base(key) in bases else None
        # The box has the least key last, so that taking it out costs nothing.
        for at in range(len(box) - 1, max(-1, len(box) - 1 - _MOST_TRIES), -1) if box else ():
            if box and alike(gone[key], come[box[at]], (*path, key)):
                found[key] = box.pop(at)
                break
    return found


def _base(key: str) -> str:
    return key.partition("~")[0]


def _digest(item: Any, path: Path) -> bytes:
    """The same for items that are alike; hardly ever for others."""
    return hashlib.sha256(orjson.dumps(_compared(item, path), option=orjson.OPT_SORT_KEYS)).digest()


def _compared(value: Any, path: Path) -> Any:
    """What can make two items differ, without the keys of things that may have been rekeyed themselves."""
    if not isinstance(value, dict):
        return folded(value) if value not in (None, (), []) else None
    if path[0] == "sites" and path[-1] == "contacts":
        return sorted(orjson.dumps(_compared(item, (*path, key))) for key, item in value.items()) or None
    # A city beside a postcode is the registry's own rendering.
    unsaid = "city" if path[0] == "sites" and value.get("zip") else ""
    told = {
        key: found
        for key, item in value.items()
        if key != unsaid
        and field_of((*path, key)).kind is not None
        and (found := _compared(item, (*path, key))) is not None
    }
    return told or None
