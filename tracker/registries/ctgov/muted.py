"""Differences between two documents that make no event: noise by path, and modules with equal content. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from tracker.registries.ctgov.content import NOISE, digests, is_noise

__all__ = ["muted"]


def muted(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return path and reason of each, in path order. Lists are transparent: a path contains no position."""
    old, new = _dropped(before), _dropped(after)
    noise = sorted(path for path in old.keys() | new.keys() if old[path] != new[path])
    found = [(path, "noise: the registry changes it by itself") for path in noise]
    found += [
        (path, "only order, white space or escaping differs")
        for path in sorted(_dressed(before, after))
        if not any(other == path or other.startswith(f"{path}.") for other in noise)
    ]
    return found


def _dropped(document: Mapping[str, Any]) -> defaultdict[str, Counter[bytes]]:
    found: defaultdict[str, Counter[bytes]] = defaultdict(Counter)
    for path, value in _noisy(document, NOISE, ""):
        found[path][orjson.dumps(value, option=orjson.OPT_SORT_KEYS)] += 1
    return found


def _noisy(value: Any, rules: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _noisy(item, rules, path)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            here = f"{path}.{key}" if path else key
            rule = rules.get(key, rules.get("*"))
            if is_noise(rule, item, value):
                yield here, item
            elif isinstance(rule, dict):
                yield from _noisy(item, rule, here)


def _dressed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield the modules whose bytes differ while their content is equal."""
    old, new = digests(before), digests(after)
    for section in before.keys() & after.keys():
        one, two = before[section], after[section]
        if isinstance(one, Mapping) and isinstance(two, Mapping):
            for name in one.keys() & two.keys():
                path = f"{section}.{name}"
                if one[name] != two[name] and old.get(path) == new.get(path):
                    yield path
