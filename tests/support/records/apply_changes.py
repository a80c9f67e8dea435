"""The inverse of `tracker.changes.diff.compare`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tracker.changes.field_change import FieldChange, Path
from tracker.changes.fields import KEY
from tracker.changes.matching.match_items import is_identified
from tracker.records.json_objects import RecordContent

__all__ = ["apply"]


def apply(changes: list[FieldChange], document: Mapping[str, Any]) -> RecordContent:
    """Return `document` with the after-values of `changes`.

    An item that moved without any edit may keep its old key, or get a made-up one if that key is taken.
    """
    result: RecordContent = orjson.loads(orjson.dumps(document))
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


def _moves_applied(changes: Sequence[FieldChange], result: RecordContent) -> list[FieldChange]:
    """Remove items from `result`, and put moved ones under their new keys. Return the changes still to apply."""
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


def _make_room(result: RecordContent, path: Path) -> None:
    """Move an item that occupies the place of another one to a free key."""
    place = result
    for part in path[:-1]:
        place = place.setdefault(part, {})
    if path[-1] in place:
        free = f"{path[-1].partition('~')[0]}~"
        while free in place:
            free += "-"
        place[free] = place.pop(path[-1])


def _parent(document: RecordContent, path: Path) -> RecordContent:
    for part in path:
        document = document[part]
    return document
