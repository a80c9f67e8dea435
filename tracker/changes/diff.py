"""Compare two records field by field. The only caller of deepdiff.

Equal parts are removed first, by plain comparison. The rest, usually a handful of leaves, goes to deepdiff, with the
one setting that keeps it exact for each leaf. A list without identity is one leaf. An item that is added to or removed
from a keyed map is one change with the whole item, and so is an item in the place of another. An item under another key
(`tracker.changes.matching.match_items`) is compared leaf by leaf under its new key. One more change, `<key>.key`, has
the old and the new key. Texts that differ only in white space are equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from tracker.changes.field_change import FieldChange, Path, is_keyed
from tracker.changes.fields import FROM_SECTIONS, KEY, field_of
from tracker.changes.matching.match_items import Matched, matched
from tracker.changes.matching.twins import twins
from tracker.records.json_objects import RecordContent
from tracker.records.text import folded

__all__ = [
    "compare",
]

_MOST_FOR_DEEPDIFF = 1_000
"""Number of leaves for which deepdiff takes a second. Larger trees are walked: the same changes in linear time."""


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    """Return the differing fields of two record documents (`TrialRecord.document`), in path order.

    Not compared: fields whose kind in the table is None, and sections that one of the sources never supplies.
    """
    absent = {*before.get("absent", ()), *after.get("absent", ())}
    skip = {name for name, sections in FROM_SECTIONS.items() if absent.intersection(sections)}
    old = {key: value for key, value in before.items() if key not in skip}
    new = {key: value for key, value in after.items() if key not in skip}
    whole: list[FieldChange] = []
    for path, found in matched(old, new).items():
        old, new = (_copied(document, path) for document in (old, new))
        whole += _go_by_new_keys(_parent(old, path), _parent(new, path), path, found)
    left, right = _prune(old, new, ())
    changed = list(_changes(left, right)) if left or right else []
    edited = {change.path[:length] for change in changed for length in range(2, len(change.path))}
    # A new key alone is no change. Report it only for items that were also edited.
    moved = [change for change in whole if change.path[-1] != KEY or change.path[:-1] in edited]
    return sorted(changed + moved, key=lambda change: (change.path, change.before is None))


def _copied(document: Mapping[str, Any], path: Path) -> RecordContent:
    """Return the document with new maps along this path, so that they can be edited."""
    copied = dict(document)
    place = copied
    for part in path:
        place[part] = dict(place[part])
        place = place[part]
    return copied


def _parent(document: RecordContent, path: Path) -> RecordContent:
    place = document
    for part in path:
        place = place[part]
    return place


def _go_by_new_keys(old: RecordContent, new: RecordContent, path: Path, found: Matched) -> Iterator[FieldChange]:
    """Move matched items of `old` to their new keys. Yield items that were removed, added or moved."""
    # Afterwards both maps have the same keys. So what is left to compare are edits within items.
    # One item may come under the key of another that is gone.
    for key in found.gone | found.come:
        was, now = old.pop(key) if key in found.gone else None, new.pop(key) if key in found.come else None
        yield FieldChange((*path, key), _plain(was), _plain(now))
    # Two items may have swapped keys, so take all of them out before putting any back.
    taken = {pair.after: old.pop(pair.before) for pair in found.moved}
    old.update(taken)
    for pair in found.moved:
        yield FieldChange((*path, pair.after, KEY), pair.before, pair.after)


def _plain(item: Any) -> Any:
    return orjson.loads(orjson.dumps(item))


def _changes(left: RecordContent, right: RecordContent) -> Iterator[FieldChange]:
    if _leaves(left) + _leaves(right) > _MOST_FOR_DEEPDIFF:
        yield from _walked(left, right, ())
        return
    from deepdiff import DeepDiff  # noqa: PLC0415  (numpy comes with it: a quarter of the start of `serve`)

    found = DeepDiff(left, right, view="tree", threshold_to_diff_deeper=0, ignore_private_variables=False)
    for items in found.values():
        for item in items:
            path = tuple(item.path(output_format="list"))
            yield FieldChange(path, _value(left, path), _value(right, path))


def _leaves(tree: RecordContent) -> int:
    return sum(_leaves(value) if isinstance(value, dict) else 1 for value in tree.values())


def _walked(left: RecordContent, right: RecordContent, path: Path) -> Iterator[FieldChange]:
    """Yield the changes that deepdiff would find in two pruned trees: all leaves differ, branches are on both sides."""
    for key in left.keys() | right.keys():
        one, two, here = left.get(key), right.get(key), (*path, key)
        if isinstance(one, dict) and isinstance(two, dict):
            yield from _walked(one, two, here)
        else:
            yield FieldChange(here, _value(left, (key,)), _value(right, (key,)))


def _value(tree: RecordContent, path: Path) -> Any:
    value: Any = tree
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return orjson.loads(value) if isinstance(value, bytes) else value


def _prune(old: RecordContent, new: RecordContent, path: Path) -> tuple[RecordContent, RecordContent]:
    """Return both trees without their equal parts. Lists and whole items are packed into leaves."""
    left: RecordContent = {}
    right: RecordContent = {}
    keyed = is_keyed(path)
    if keyed:
        old, new = _without_rekeyed(old, new, path)
    for key in old.keys() | new.keys():
        here = (*path, key)
        one, two = old.get(key), new.get(key)
        if one == two or (not keyed and field_of(here).kind is None) or _unstable_city(here, old, new):
            continue
        if keyed and (one is None or two is None):
            _put(left, right, key, _leaf(one), _leaf(two))
        elif _branches(one, two):
            deeper = _prune(one or {}, two or {}, here)
            if any(deeper):  # keep the branch on both sides, so that additions and removals are reported per leaf
                left[key], right[key] = deeper
        elif not _same(one, two):
            _put(left, right, key, _leaf(one), _leaf(two))
    return left, right


def _branches(one: Any, two: Any) -> bool:
    """Return whether both values can be descended into. A field without a name here may turn from object to text."""
    return one is not two and all(value is None or isinstance(value, dict) for value in (one, two))


def _put(left: RecordContent, right: RecordContent, key: str, one: Any, two: Any) -> None:
    if one is not None:
        left[key] = one
    if two is not None:
        right[key] = two


def _unstable_city(path: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether this is a city beside a postcode. The registry writes those itself, and renames them at will."""
    return path[0] == "sites" and path[-1] == "city" and len(path) == 3 and bool(old.get("zip") and new.get("zip"))


def _without_rekeyed(old: RecordContent, new: RecordContent, path: Path) -> tuple[RecordContent, RecordContent]:
    """Drop items that are equal under another key: a new item with the same name lengthened their key."""
    gone, come = old.keys() - new.keys(), new.keys() - old.keys()
    if not gone or not come:
        return old, new
    moved = twins({key: old[key] for key in gone}, {key: new[key] for key in come}, path, _alike)
    if not moved:
        return old, new
    came = set(moved.values())
    return (
        {key: value for key, value in old.items() if key not in moved},
        {key: value for key, value in new.items() if key not in came},
    )


def _alike(one: Any, two: Any, path: Path) -> bool:
    """Return whether nothing that is compared differs between two items."""
    if isinstance(one, dict) and isinstance(two, dict):
        return not any(_prune(one, two, path))
    return _same(one, two)


def _same(one: Any, two: Any) -> bool:
    return bool(folded(one) == folded(two))


def _leaf(value: Any) -> Any:
    """Return lists and whole items as bytes, so that deepdiff does not descend into them. Empty lists become None.

    No value of a record is bytes, so a packed value cannot be confused with another one.
    """
    if isinstance(value, (list, tuple)) and not value:
        return None
    return orjson.dumps(value) if isinstance(value, (dict, list, tuple)) else value
