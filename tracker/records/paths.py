"""Names of fields, such as ``enrollment.count`` or ``sites.<key>.status``, and their values in a record."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from tracker.records.trial import TrialRecord

__all__ = ["NOTHING", "is_field", "value_at"]

NOTHING: Final = object()
"""Returned for a path that does not exist. None is the value of an empty field."""


def is_field(name: str) -> bool:
    """Return whether a record can have a field of this name. Under a map any key is valid, with or without dots."""
    return _leads(name.split("."), TrialRecord)


def value_at(document: Mapping[str, Any], name: str) -> Any:
    """Return the value of a field in `TrialRecord.document`, or NOTHING if there is no such path.

    The value of a date is its text, as in `changes` and `diff`. Its type has its own name (``dates.start.type``).
    """
    value = _walk(document, name.split("."))
    return value["date"] if isinstance(value, dict) and set(value) == {"date", "type"} else value


def _leads(parts: Sequence[str], kind: Any) -> bool:
    if not parts or kind is Any:
        return True
    origin = typing.get_origin(kind)
    if isinstance(kind, types.UnionType):
        return any(_leads(parts, part) for part in typing.get_args(kind))
    if origin is dict:
        # A key may contain dots, as the paths of unnamed fields do. So try every length of key.
        return any(_leads(parts[size:], typing.get_args(kind)[1]) for size in range(1, len(parts) + 1))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        named = typing.get_type_hints(kind)
        return parts[0] in named and _leads(parts[1:], named[parts[0]])
    return False


def _walk(value: Any, parts: Sequence[str]) -> Any:
    if not parts or value is None:
        return value
    if not isinstance(value, Mapping):
        return NOTHING
    # As above: prefer the shortest key under which the rest of the name exists.
    for size in range(1, len(parts) + 1):
        key = ".".join(parts[:size])
        if key in value and (found := _walk(value[key], parts[size:])) is not NOTHING:
            return found
    return NOTHING
