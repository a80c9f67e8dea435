"""A slow, plain comparison of two record documents, as a reference for the real one: every differing leaf, no more.

It is written from the specification, not from `diff.py`. Maps are walked, lists are one value, and an added or removed
item of a keyed map is one value. None and empty values count as absent. Texts are equal up to escapes and white space.
"""

from __future__ import annotations

from typing import Any

from tracker.records.text import fold

__all__ = ["as_compared", "is_item", "leaves"]

Path = tuple[str, ...]
NOT_COMPARED: set[Path] = {("trial",), ("registry",), ("url",), ("absent",), ("warnings",), ("mesh",), ("countries",)}
NOT_COMPARED |= {("results", "estimated_submission")}
KEYED: set[Path] = {
    ("identifiers",), ("arms",), ("interventions",), ("sites",), ("references",), ("links",), ("documents",),
    ("outcomes", "primary"), ("outcomes", "secondary"), ("outcomes", "other"), ("sponsor", "collaborators"),
    ("contacts", "central"), ("contacts", "officials"), ("other",),
}  # fmt: skip


def plainly(value: Any) -> Any:
    """Return a value as it is compared: normalized texts, and None for empty values."""
    if isinstance(value, str):
        return fold(value) or None
    if isinstance(value, (list, tuple)):
        return [plainly(item) for item in value] or None
    if isinstance(value, dict):
        return {key: plain for key, item in value.items() if (plain := plainly(item)) is not None} or None
    return value


def as_compared(value: Any) -> Any:
    """Do the same, but keep an item that says nothing as an item."""
    return plainly(value) or ({} if isinstance(value, dict) else plainly(value))


def leaves(before: Any, after: Any, path: Path = ()) -> dict[Path, tuple[Any, Any]]:
    """Return every path at which the two differ, with both values as they are compared."""
    come_or_gone = is_item(path) and (before is None) != (after is None)
    if path in NOT_COMPARED:
        return {}
    if come_or_gone or not (_branch(before) and _branch(after)):
        one, two = as_compared(before), as_compared(after)
        return {path: (one, two)} if one != two else {}
    old, new = before or {}, after or {}
    found: dict[Path, tuple[Any, Any]] = {}
    for key in old.keys() | new.keys():
        if not _city_beside_postcode((*path, key), old, new):
            found |= leaves(old.get(key), new.get(key), (*path, key))
    return found


def _branch(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def is_item(path: Path) -> bool:
    """Return whether this is the path of a whole item of a keyed map."""
    nested = len(path) == 4 and path[0] == "sites" and path[2] == "contacts"
    return path[:-1] in KEYED or nested


def _city_beside_postcode(path: Path, old: dict[str, Any], new: dict[str, Any]) -> bool:
    return path[0] == "sites" and len(path) == 3 and path[2] == "city" and bool(old.get("zip") and new.get("zip"))
