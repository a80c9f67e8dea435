"""Which item of a record is which item of the next version: by key, by content, then by likeness. Pure.

1. Items under one key are one, but for keys that count namesakes or hash their content: those say nothing.
2. Namesakes ("Research Site" thrice in Boston) are told apart by all they carry: equal ones first, then the most alike.
3. What is left over on both sides is paired by likeness (`tracker.changes.matching.pairing`).
4. Namesakes still left over are one where their key is.
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
from tracker.records.text import folded, plain_words

__all__ = ["IDENTIFIED", "Matched", "is_identified", "matched", "matched_in"]

Items = Mapping[str, Any]
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
"""The maps whose items are looked for under other keys."""
_COUNTED = re.compile(r"~[0-9a-f]{8}(-\d+)?$")
_BY_KEY = "the same key"
_MOST_NAMESAKES = 10_000
_HALF = 0.5
_NAMESAKE_MARGIN = 0.0
_ITEM_MARGIN = 0.03


class Matched(NamedTuple):
    """`moved`: the items under another key than before. `gone` and `come`: the keys of those without a counterpart."""

    moved: tuple[Pair, ...]
    gone: frozenset[str]
    come: frozenset[str]


class _Namesake(NamedTuple):
    key: str
    leaves: frozenset[str]
    family: str
    view: ItemView | None


def matched(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[Path, Matched]:
    """For each map of two record documents in which an item may have another key: what became of its items."""
    found: dict[Path, Matched] = {}
    for path in IDENTIFIED:
        old, new = _at(before, path), _at(after, path)
        if old and new and (old.keys() != new.keys() or any("~" in key for key in old)):
            found[path] = matched_in(path, before, after)
    return found


def matched_in(path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> Matched:
    """What became of the items of one of the `IDENTIFIED` maps of two record documents."""
    return _Matching(path, _at(before, path), _at(after, path), _elsewhere(path, before, after)).all()


def _at(document: Mapping[str, Any], path: Path) -> Items:
    value: Any = document
    for part in path:
        value = (value or {}).get(part)
    return value or {}


def _elsewhere(path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> set[tuple[str, ...]]:
    """Names of outcomes that another rank lost or got: an outcome that changed its rank is not another one reworded."""
    if path[0] != "outcomes":
        return set()
    ranks: list[set[tuple[str, ...]]] = []
    for document in (before, after):
        others = [_at(document, other) for other in IDENTIFIED if other[0] == "outcomes" and other != path]
        ranks.append({words_of(item.get("measure")) for items in others for item in items.values()})
    return ranks[0] ^ ranks[1]


class _Matching:
    """The pairs of one map, step by step; `old` and `new` hold what has none yet."""

    def __init__(self, path: Path, old: Items, new: Items, elsewhere: set[tuple[str, ...]]) -> None:
        self._path, self._elsewhere = path, elsewhere
        self._all = (old, new)
        self._old, self._new = dict(old), dict(new)
        self._pairs: list[Pair] = []

    def all(self) -> Matched:
        self._take([Pair(key, key, _BY_KEY) for key in self._old.keys() & self._new.keys() if not _COUNTED.search(key)])
        self._namesakes(_equal_ones)
        if self._path == ("sites",):
            self._namesakes(self._most_alike)
            self._take(self._alike())
        else:
            self._take(self._alike())
            self._namesakes(self._most_alike)
        self._take([Pair(key, key, _BY_KEY) for key in self._old.keys() & self._new.keys()])
        moved = tuple(sorted(pair for pair in self._pairs if pair.before != pair.after))
        return Matched(moved, frozenset(self._old), frozenset(self._new))

    def _take(self, pairs: Iterable[Pair]) -> None:
        for pair in pairs:
            del self._old[pair.before], self._new[pair.after]
            self._pairs.append(pair)

    def _namesakes(self, pair: Callable[[Items, Items], Iterable[Pair]]) -> None:
        """Take the pairs among the namesakes of each name."""
        old, new = _by_name(self._old), _by_name(self._new)
        for name in sorted(old.keys() & new.keys()):
            if any("~" in key for key in (*old[name], *new[name])):
                self._take(pair(self._plain(self._old, old[name]), self._plain(self._new, new[name])))

    def _plain(self, side: Items, keys: Iterable[str]) -> dict[str, Any]:
        """The items as they are compared."""
        return {key: _as_compared(self._path, side[key]) for key in keys}

    def _alike(self) -> list[Pair]:
        if not self._old or not self._new:
            return []
        if self._path == ("sites",):
            sides = (self._old, self._new)
            old, new = (views(left, whole.values()) for left, whole in zip(sides, self._all, strict=True))
            return paired(old, new, site_kind())
        gone, come = (
            views(self._candidates(left)) for views, left in zip(self._viewers, (self._old, self._new), strict=True)
        )
        return paired(gone, come, KINDS[self._path[0]], _ITEM_MARGIN)

    @cached_property
    def _viewers(self) -> list[Callable[[Items], dict[str, ItemView]]]:
        """Read once for all items: what each item has of its own."""
        return [viewer(whole.values()) for whole in self._all]

    def _most_alike(self, old: Items, new: Items) -> list[Pair]:
        """Namesakes that share most of what they carry, whatever else differs; one label in one place made them so."""
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

    def _candidates(self, side: Items) -> dict[str, Any]:
        return {key: it for key, it in side.items() if words_of(it.get("measure")) not in self._elsewhere}


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
    """Namesakes that say the same, those under one key first."""
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
    """Whether a namesake's key has words that tell it from the others, and no count or hash."""
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
    """Whether the things below this path are looked for under other keys: a renamed one is the same thing."""
    return path in IDENTIFIED
