"""Every list and text of a record, taken from its schema and grown to any size: two versions that differ only in it."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

import msgspec

from tracker.changes.detect_changes import detect_changes
from tracker.changes.severity_reasons import ExplainedStep
from tracker.changes.wording.values import field_words, value_words, values_apart
from tracker.records.keys import keyed
from tracker.records.linked_ids import numbers_of
from tracker.records.trial import TrialRecord

__all__ = ["SHAPES", "Place", "grown", "places", "walked"]

DAY = dt.date(2026, 1, 1)
_UNGROWN = ("trial", "registry")


@dataclass(frozen=True)
class Place:
    """`kind`: text, texts, map (of `item`), structs (a list of `item`) or object (of anything)."""

    path: tuple[str, ...]
    kind: str
    item: type[msgspec.Struct] | None = None

    @property
    def name(self) -> str:
        return ".".join(self.path)


def places(of: type[msgspec.Struct] = TrialRecord, path: tuple[str, ...] = ()) -> Iterator[Place]:
    """Yield everything below `of` that can grow, in the order of its fields."""
    for field in msgspec.structs.fields(of):
        here = (*path, field.name)
        options = get_args(field.type) if isinstance(field.type, types.UnionType) else (field.type,)
        for kind in options:
            origin, inner = get_origin(kind), get_args(kind)
            if field.name in _UNGROWN and not path:
                continue
            if kind is str:
                yield Place(here, "text")
            elif origin is tuple:
                yield Place(here, "texts") if inner[0] is str else Place(here, "structs", inner[0])
            elif origin is dict and isinstance(inner[1], type) and issubclass(inner[1], msgspec.Struct):
                yield Place(here, "map", inner[1])
            elif origin is dict:
                yield Place(here, "object")
            elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                yield from places(kind, here)


SHAPES: dict[str, tuple[str, ...]] = {
    "text": ("words", "one word"),
    "texts": ("new", "edited"),
    "map": ("new", "gone", "edited", "renamed", "one name", "no name"),
    "structs": ("new", "edited"),
    "object": ("new", "edited"),
}


def grown(place: Place, shape: str, size: int) -> tuple[TrialRecord, TrialRecord]:
    """Return before and after. `size` counts the words of a text or the items of a list."""
    before, after = (_value(place, shape, size, side) for side in (0, 1))
    return _record(place, before), _record(place, after)


def _value(place: Place, shape: str, size: int, side: int) -> Any:
    if place.kind == "text":
        return " ".join(_word(shape, it, side) for it in range(size))
    here = 0 if shape == ("new", "gone")[side] else size
    if place.kind == "texts":
        return tuple(sorted(f"n{size} {it} {side if shape == 'edited' else ''}" for it in range(here)))
    if place.kind == "object":
        return {f"n{size} {it}": f"{it} {side if shape == 'edited' else ''}" for it in range(here)}
    assert place.item is not None
    items = [_item(place.item, shape, it, side) for it in range(here + (side if shape == "no name" else 0))]
    return keyed(items, _called, _told) if place.kind == "map" else tuple(items)


def _word(shape: str, number: int, side: int) -> str:
    return ("a" if number % 2 else f"w{number} {side}") if shape == "one word" else f"w{number * (1, 7)[side] % 103}"


def _item(of: type[msgspec.Struct], shape: str, number: int, side: int) -> msgspec.Struct:
    """Return an item. Its first text is its name. The others say what is edited, or nothing new if it is renamed."""
    turn = side if shape in ("edited", "one name") else 0
    texts = _texts(of)
    given: dict[str, Any] = {name: f"{name} {number} {turn}" for name in texts[1:]}
    if shape == "no name":
        given = {}
    name = f"item {number}{' anew' if shape == 'renamed' and side else ''}"
    given[texts[0]] = {"one name": "item", "no name": ""}.get(shape, name)
    return msgspec.convert(given, of)


def _texts(of: type[msgspec.Struct]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(of) if field.type is str or field.type == str | None]


def _called(item: msgspec.Struct) -> str:
    return getattr(item, _texts(type(item))[0]) or ""


def _told(item: msgspec.Struct) -> str:
    return " ".join(str(getattr(item, name) or "") for name in _texts(type(item))[1:2])


def _record(place: Place, value: Any) -> TrialRecord:
    """Return a record that says nothing else. Required objects on the path are invented."""
    document = TrialRecord("NCT00000001", "ctgov", "RECRUITING").document()
    where = document
    for name in place.path[:-1]:
        where[name] = where.get(name) or {"date": "2026-01-01", "precision": "day"}
        where = where[name]
    where[place.path[-1]] = msgspec.to_builtins(value)
    return TrialRecord.from_document(document)


def walked(before: TrialRecord, after: TrialRecord) -> None:
    """Do everything that is done with two versions: compare, detect changes, explain, and put into words."""
    numbers_of(after)
    events = detect_changes(before, after, DAY)
    step = ExplainedStep(before, after, DAY)
    for event in events:
        step.why(event.kind, event.subject)
        for field in event.fields:
            field_words(field.field, field.label)
            values_apart(field.field, field.before, field.after, 90)
            value_words(field.field, field.after)
    step.muted()
