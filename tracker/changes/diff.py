"""Two records -> the fields that differ. The only caller of deepdiff.

Equal parts are cut away first, by plain comparison; what is left, usually a handful of leaves, goes to deepdiff, with
the one setting that keeps it leaf-exact. A list without identity is one leaf; an item of a keyed map that comes or goes
is one change with the whole item. An item under another key (`tracker.changes.matching.match_items`) goes by its new
key: its leaves are compared, and one more change, `<key>.key`, has the old key and the new. Texts that differ only in
white space are equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from deepdiff import DeepDiff

from tracker.changes.field_change import FieldChange, Path, is_keyed
from tracker.changes.fields import KEY, field_of
from tracker.changes.matching.match_items import Matched, is_identified, matched
from tracker.changes.matching.twins import twins
from tracker.records.text import folded

__all__ = [
    "apply",
    "compare",
]

_PENDING_ONLY = ("results",)  # what a source without the derived sections cannot tell
_PAPERS = ("documents", "no_analysis_plan")
_ANNOTATIONS = ("fda_notices",)
_MOST_FOR_DEEPDIFF = 1_000
"""Leaves that deepdiff takes a second for. Beyond, the pruned trees are walked: the same changes, in linear time."""


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    """The differing fields of two record documents (`TrialRecord.document`), in path order.

    Fields the table gives no kind, and sections that either source never supplies, are not compared.
    """
    skip = _skipped({*before.get("absent", ()), *after.get("absent", ())})
    old = {key: value for key, value in before.items() if key not in skip}
    new = {key: value for key, value in after.items() if key not in skip}
    whole: list[FieldChange] = []
    for path, found in matched(old, new).items():
        old, new = (_copied(document, path) for document in (old, new))
        whole += _go_by_new_keys(_parent(old, path), _parent(new, path), path, found)
    left, right = _prune(old, new, ())
    changed = list(_changes(left, right)) if left or right else []
    edited = {change.path[:length] for change in changed for length in range(2, len(change.path))}
    moved = [change for change in whole if change.path[-1] != KEY or change.path[:-1] in edited]
    return sorted(changed + moved, key=lambda change: (change.path, change.before is None))


def _copied(document: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The document with new maps along this path, which may then be edited."""
    copied = dict(document)
    place = copied
    for part in path:
        place[part] = dict(place[part])
        place = place[part]
    return copied


def _parent(document: dict[str, Any], path: Path) -> dict[str, Any]:
    place = document
    for part in path:
        place = place[part]
    return place


def _go_by_new_keys(old: dict[str, Any], new: dict[str, Any], path: Path, found: Matched) -> Iterator[FieldChange]:
    """Leave in both maps what has a counterpart, under its new key; what came, went or moved is told here."""
    for key in found.gone:
        yield FieldChange((*path, key), _plain(old.pop(key)), None)
    for key in found.come:
        yield FieldChange((*path, key), None, _plain(new.pop(key)))
    taken = {pair.after: old.pop(pair.before) for pair in found.moved}
    old.update(taken)
    for pair in found.moved:
        yield FieldChange((*path, pair.after, KEY), pair.before, pair.after)


def _plain(item: Any) -> Any:
    return orjson.loads(orjson.dumps(item))


def _skipped(absent: set[str]) -> tuple[str, ...]:
    """Fields that cannot be compared where one of the sources never gives these sections."""
    return (
        *(_PENDING_ONLY if absent else ()),
        *(_PAPERS if "documentSection" in absent else ()),
        *(_ANNOTATIONS if "annotationSection" in absent else ()),
    )


def _changes(left: dict[str, Any], right: dict[str, Any]) -> Iterator[FieldChange]:
    if _leaves(left) + _leaves(right) > _MOST_FOR_DEEPDIFF:
        yield from _walked(left, right, ())
        return
    found = DeepDiff(left, right, view="tree", threshold_to_diff_deeper=0, ignore_private_variables=False)
    for items in found.values():
        for item in items:
            path = tuple(item.path(output_format="list"))
            yield FieldChange(path, _value(left, path), _value(right, path))


def _leaves(tree: dict[str, Any]) -> int:
    return sum(_leaves(value) if isinstance(value, dict) else 1 for value in tree.values())


def _walked(left: dict[str, Any], right: dict[str, Any], path: Path) -> Iterator[FieldChange]:
    """What deepdiff finds in two pruned trees, where every leaf differs and a branch is on both sides."""
    for key in left.keys() | right.keys():
        one, two, here = left.get(key), right.get(key), (*path, key)
        if isinstance(one, dict) and isinstance(two, dict):
            yield from _walked(one, two, here)
        else:
            yield FieldChange(here, _value(left, (key,)), _value(right, (key,)))


def _value(tree: dict[str, Any], path: Path) -> Any:
    value: Any = tree
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return orjson.loads(value) if isinstance(value, bytes) else value


def _prune(old: dict[str, Any], new: dict[str, Any], path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two trees without what is equal in both, lists and whole items packed into leaves."""
    left: dict[str, Any] = {}
    right: dict[str, Any] = {}
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
            if any(deeper):  # both sides keep the branch, so that what comes or goes is told leaf by leaf
                left[key], right[key] = deeper
        elif not _same(one, two):
            _put(left, right, key, _leaf(one), _leaf(two))
    return left, right


def _branches(one: Any, two: Any) -> bool:
    """Whether there is something to go down into. A field we have no name for may turn from an object into a text."""
    return one is not two and all(value is None or isinstance(value, dict) for value in (one, two))


def _put(left: dict[str, Any], right: dict[str, Any], key: str, one: Any, two: Any) -> None:
    if one is not None:
        left[key] = one
    if two is not None:
        right[key] = two


def _unstable_city(path: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """A city beside a postcode is the registry's own rendering, and it is renamed at will."""
    return path[0] == "sites" and path[-1] == "city" and len(path) == 3 and bool(old.get("zip") and new.get("zip"))


def _without_rekeyed(old: dict[str, Any], new: dict[str, Any], path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Drop items that are the same in both under another key: a new neighbour with the same name lengthened theirs."""
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
    """Whether nothing that is compared differs between two items."""
    if isinstance(one, dict) and isinstance(two, dict):
        return not any(_prune(one, two, path))
    return _same(one, two)


def _same(one: Any, two: Any) -> bool:
    return bool(folded(one) == folded(two))


def _leaf(value: Any) -> Any:
    """Lists and whole items as bytes, so that deepdiff does not take them apart; empty lists count as absent.

    No value of a record is bytes, so none can be taken for a packed one.
    """
    if isinstance(value, (list, tuple)) and not value:
        return None
    return orjson.dumps(value) if isinstance(value, (dict, list, tuple)) else value


def apply(changes: list[FieldChange], document: Mapping[str, Any]) -> dict[str, Any]:
    """`document` with the changes' after-values put in: the inverse of `compare`, for whoever wants to check it.

    A namesake that moved without a word of its own may keep its old key, or get a made-up one where that is taken.
    """
    result: dict[str, Any] = orjson.loads(orjson.dumps(document))
    for change in _moves_applied(changes, result):
        place = result
        for key in change.path[:-1]:
            if not isinstance(place.get(key), dict):
                place[key] = {}
            place = place[key]
        if change.after is None:
            place.pop(change.path[-1], None)
        else:
            place[change.path[-1]] = change.after
    return result


def _moves_applied(changes: Sequence[FieldChange], result: dict[str, Any]) -> list[FieldChange]:
    """Take what went out of `result`, and put what has a new key under it; the changes that are left to apply."""
    gone = [change for change in changes if change.after is None and is_identified(change.path[:-1])]
    moved = [change for change in changes if change.path[-1] == KEY and is_identified(change.path[:-2])]
    for change in gone:
        _parent(result, change.path[:-1]).pop(change.path[-1])
    taken = [(change.path, _parent(result, change.path[:-2]).pop(change.before)) for change in moved]
    come = [change for change in changes if change.before is None and is_identified(change.path[:-1])]
    for path in [*(path[:-1] for path, _ in taken), *(change.path for change in come)]:
        _make_room(result, path)
    for path, item in taken:
        _parent(result, path[:-2])[path[-2]] = item
    done = {id(change) for change in (*gone, *moved)}
    return [change for change in changes if id(change) not in done]


def _make_room(result: dict[str, Any], path: Path) -> None:
    """Put a namesake that stands where another item belongs under a key of its own."""
    place = result
    for part in path[:-1]:
        place = place.setdefault(part, {})
    if path[-1] in place:
        free = f"{path[-1].partition('~')[0]}~"
        while free in place:
            free += "-"
        place[free] = place.pop(path[-1])
