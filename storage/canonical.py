"""Turn a JSON value into canonical bytes, and bytes into a SHA-256. Knows nothing about what a document says.

"canonical-v1" is what orjson writes with sorted keys: UTF-8, no white space, floats in their shortest form. It is not
RFC 8785 (1.0 and 1 are different documents here). A value with no single JSON form is refused, never changed.
"""

from __future__ import annotations

from hashlib import sha256
from math import isfinite
from typing import Any

import orjson

__all__ = ["CANONICAL", "MAX_DEPTH", "NotCanonical", "canonical", "digest"]

CANONICAL = "canonical-v1"
MAX_DEPTH = 200
_JSON_TYPES = frozenset({dict, list, tuple, str, int, float, bool, type(None)})


class NotCanonical(ValueError):
    """The value has no single canonical JSON form. The message says why."""


def canonical(value: object, *, decoded: bool = False) -> bytes:
    """Return the canonical bytes of a JSON value (dict, list or tuple, str, int, float, bool, None).

    `decoded`: the value comes from a JSON decoder that refuses NaN and infinities. Only its nesting, the size of its
    integers and its surrogates are checked then.

    Raise NotCanonical for lone surrogates, integers beyond 64 bits, NaN and infinities, keys that are not text, nesting
    deeper than MAX_DEPTH, and any other type.
    """
    if decoded:
        _check_depth(value)
    else:
        _check(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise NotCanonical(str(error)) from error


def _check_depth(value: object) -> None:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            item
            for branch in level
            for item in (branch.values() if type(branch) is dict else branch)
            if type(item) is dict or type(item) is list
        ]
        if not level:
            return
    raise NotCanonical(f"nested deeper than {MAX_DEPTH}")


def _check(value: object) -> None:
    """Refuse what orjson would silently change: it writes NaN as null, and an enum as its value."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        kinds = set(map(type, level))
        if odd := kinds - _JSON_TYPES:
            raise NotCanonical(f"{odd.pop().__name__} is not a JSON type")
        if float in kinds and not all(isfinite(item) for item in level if type(item) is float):
            raise NotCanonical("NaN and infinities are not JSON numbers")
        deeper: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is dict:
                deeper.extend(item.values())
            elif kind is list or kind is tuple:
                deeper.extend(item)
        if not deeper:
            return
        level = deeper
    raise NotCanonical(f"nested deeper than {MAX_DEPTH}")


def digest(data: bytes) -> str:
    """Return the SHA-256 as 64 hex digits."""
    return sha256(data).hexdigest()
