"""Find which item of a record is which item of the next version: by key, by content, then by likeness. Pure.

1. Items with the same key are the same, except if the key ends with a count or a hash. Such keys say nothing. Keys are
   cut, so long measures that begin alike share one: if the other lists show that one of them moved, they are two.
2. Namesakes (three times "Research Site" in Boston) are told apart by everything they have: equal ones first, then the
   most alike.
3. Items left over on both sides are paired by likeness (`tracker.changes.matching.pairing`).
4. Namesakes that are still left over are the same if their keys are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import orjson

from tracker.changes.field_change import Path
from tracker.changes.matching.item_likeness import KINDS, ItemView, viewer
from tracker.changes.matching.pairing import Kind, Likeness, Pair, paired
from tracker.changes.matching.site_likeness import site_kind, views
from tracker.changes.matching.word_likeness import common_share, words_of
from tracker.records.json_objects import RecordContent
from tracker.records.text import folded, plain_words

__all__ = ["IDENTIFIED", "Matched", "is_identified", "matched", "matched_in"]

Items = Mapping[str, Any]
_Name = tuple[str, ...]
IDENTIFIED: tuple[Path, ...] = (
    ("sites",),
    ("references",),
    ("documents",),
    ("arms",),
    ("interventions",),
    ("outcomes", "primary"),
    ("outcomes", "secondary"),
    ("outcomes", "other"),
    ("sponsor", "collaborators"),
)
"""The maps whose items are searched under other keys."""
_COUNTED = re.compile(r"~[0-9a-f]{8}(-\d+)?$")
_BY_KEY = "the same key"
_MOST_NAMESAKES = 10_000
_HALF = 0.5
_NAMESAKE_MARGIN = 0.0
_ITEM_MARGIN = 0.03


class Matched(NamedTuple):
    """`moved` has the items with a new key. `gone` and `come` have the keys of items without a counterpart."""

    moved: tuple[Pair, ...]
    gone: frozenset[str]
    come: frozenset[str]


class _Namesake(NamedTuple):
    key: str
    leaves: frozenset[str]
    family: str
    view: ItemView | None


def matched(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[Path, Matched]:
    """Return what happened to the items of each map of two documents in which an item may have another key."""
    found: dict[Path, Matched] = {}
    for path in IDENTIFIED:
        old, new = _at(before, path), _at(after, path)
        reworded = path[0] == "outcomes" and old != new
        if old and new and (reworded or old.keys() != new.keys() or any("~" in key for key in old)):
            found[path] = matched_in(path, before, after)
    return found


def matched_in(path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> Matched:
    """Return what happened to the items of one of the `IDENTIFIED` maps of two record documents."""
    return _Matching(path, _at(before, path), _at(after, path), _elsewhere(path, before, after)).all()


def _at(document: Mapping[str, Any], path: Path) -> Items:
    value: Any = document
    for part in path:
        value = (value or {}).get(part)
    return value or {}


def _elsewhere(path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[set[_Name], set[_Name]]:
    """Return the names of outcomes that another rank gained, and of those that it lost.

    An outcome that changed its rank was not reworded: an old one that another rank gained went there, and a new one
    that another rank lost came from there.
    """
    if path[0] != "outcomes":
        return set(), set()
    others = [other for other in IDENTIFIED if other[0] == "outcomes" and other != path]
    was, now = (
        {_name(item) for other in others for item in _at(document, other).values()} for document in (before, after)
    )
    return now - was, was - now


def _name(item: Mapping[str, Any]) -> _Name:
    return words_of(item.get("measure"))


class _Matching:
    """Pairs the items of one map, step by step. `_old` and `_new` hold the items that are not paired yet."""

    def __init__(self, path: Path, old: Items, new: Items, elsewhere: tuple[set[_Name], set[_Name]]) -> None:
        self._path, self._elsewhere = path, elsewhere
        self._all = (old, new)
        self._old, self._new = dict(old), dict(new)
        self._pairs: list[Pair] = []

    def all(self) -> Matched:
        # From certain to likely: each step only sees what the earlier ones left over.
        self._take([pair for pair in self._of_one_key() if not _COUNTED.search(pair.before)])
        self._namesakes(_equal_ones)
        if self._path == ("sites",):
            # Namesakes among sites share facility and postcode, which is strong evidence. In other maps they may only
            # share the beginning of a long label, because keys are cut. So the likeness of labels goes first there.
            self._namesakes(self._most_alike)
            self._take(self._alike())
        else:
            self._take(self._alike())
            self._namesakes(self._most_alike)
        self._take(self._of_one_key())
        moved = tuple(sorted(pair for pair in self._pairs if pair.before != pair.after))
        return Matched(moved, frozenset(self._old), frozenset(self._new))

    def _of_one_key(self) -> list[Pair]:
        return [Pair(key, key, _BY_KEY) for key in self._old.keys() & self._new.keys() if not self._is_cut(key)]

    def _is_cut(self, key: str) -> bool:
        """Return whether two items share a key only because it is cut: in other words, and one changed its rank."""
        gained, lost = self._elsewhere
        if not gained and not lost:
            return False
        one, two = _name(self._old[key]), _name(self._new[key])
        return one != two and (one in gained or two in lost)

    def _take(self, pairs: Iterable[Pair]) -> None:
        for pair in pairs:
            del self._old[pair.before], self._new[pair.after]
            self._pairs.append(pair)

    def _namesakes(self, pair: Callable[[Items, Items], Iterable[Pair]]) -> None:
        """Take the pairs among the items that share a name."""
        old, new = _by_name(self._old), _by_name(self._new)
        for name in sorted(old.keys() & new.keys()):
            if any("~" in key for key in (*old[name], *new[name])):
                self._take(pair(self._plain(self._old, old[name]), self._plain(self._new, new[name])))

    def _plain(self, side: Items, keys: Iterable[str]) -> RecordContent:
        """Return the items in the form to compare."""
        return {key: _as_compared(self._path, side[key]) for key in keys}

    def _alike(self) -> list[Pair]:
        if not self._old or not self._new:
            return []
        if self._path == ("sites",):
            sides = (self._old, self._new)
            old, new = (views(left, whole.values()) for left, whole in zip(sides, self._all, strict=True))
            return paired(old, new, site_kind())
        gone, come = (
            views({key: it for key, it in left.items() if _name(it) not in moved})
            for views, left, moved in zip(self._viewers, (self._old, self._new), self._elsewhere, strict=True)
        )
        return paired(gone, come, KINDS[self._path[0]], _ITEM_MARGIN)

    @cached_property
    def _viewers(self) -> list[Callable[[Items], dict[str, ItemView]]]:
        """Functions that make views, one per version. They read all items once, to find what is an item's own."""
        return [viewer(whole.values()) for whole in self._all]

    def _most_alike(self, old: Items, new: Items) -> list[Pair]:
        """Pair namesakes that share most of what they have. They share a label already, so the rest may differ."""
        if not old or not new or len(old) * len(new) > _MOST_NAMESAKES:
            return []
        gone, come = (self._as_namesakes(items, side) for side, items in enumerate((old, new)))
        kind: Kind[_Namesake] = Kind(lambda _: ("",), _of_namesakes, lambda item: item.leaves)
        return paired(gone, come, kind, _NAMESAKE_MARGIN)

    def _as_namesakes(self, items: Items, side: int) -> dict[str, _Namesake]:
        seen = self._viewers[side](items) if self._path[0] in KINDS else {}
        return {
            key: _Namesake(key, frozenset(_leaves(it, "")), self._path[0], seen.get(key)) for key, it in items.items()
        }


def _by_name(items: Items) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for key in sorted(items):
        found[key.partition("~")[0]].append(key)
    return found


def _as_compared(path: Path, item: Any) -> Any:
    plain = folded(item)
    if path == ("sites",) and plain.get("zip"):
        plain["city"] = None  # never compared beside a postcode
    return plain


def _equal_ones(old: Items, new: Items) -> Iterator[Pair]:
    """Yield pairs of namesakes with the same content, those with the same key first."""
    sides: list[dict[bytes, list[str]]] = []
    for items in (old, new):
        by_content: dict[bytes, list[str]] = defaultdict(list)
        for key, item in items.items():
            by_content[orjson.dumps(item, option=orjson.OPT_SORT_KEYS)].append(key)
        sides.append(by_content)
    for content in sides[0].keys() & sides[1].keys():
        one, two = sides[0][content], sides[1][content]
        both = sorted(set(one) & set(two))
        yield from (Pair(key, key, "the same content") for key in both)
        rest = [sorted(set(keys) - set(both)) for keys in (one, two)]
        yield from (
            Pair(old_key, new_key, "the same content") for old_key, new_key in zip(rest[0], rest[1], strict=False)
        )


def _of_namesakes(one: _Namesake, two: _Namesake) -> Likeness:
    share = common_share(one.leaves, two.leaves)
    if share < _HALF or (_says_which(one.key) and _says_which(two.key) and one.key != two.key):
        return Likeness(0, "")
    if one.view and two.view:
        other = words_of(one.view.label) != words_of(two.view.label)
        if other or not KINDS[one.family].likeness(one.view, two.view).score:
            return Likeness(0, "")
    return Likeness(1 + share + (0.001 if one.key == two.key else 0.0), "the same label, and most of what it carries")


def _says_which(key: str) -> bool:
    """Return whether a namesake's key has words that tell it from the others, not only a count or a hash."""
    return "~" in key and not key.endswith("~") and not _COUNTED.search(key)


def _leaves(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}")
    elif value not in (None, "", [], ()):
        yield f"{path}={value!r}"
        if isinstance(value, str):
            words = plain_words(value)
            yield f"{path}~{' '.join(words)}"
            yield from (f"{path} {word}" for word in words)


def is_identified(path: Path) -> bool:
    """Return whether items of the map at this path are searched under other keys."""
    return path in IDENTIFIED
