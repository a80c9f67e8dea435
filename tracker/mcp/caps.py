"""Keep answers short. What is left off is named, with the way to ask for it. Pure.

A place in an answer is a path such as `/record/sites/7/facility`. Many keys of a record are made of the registry's
words, and a path stands outside of the quotation. So such an entry is named by its position. A number in a path is
always a position, because a registry's word may be a number too: arms are called "1" and "2".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from tracker.api.assistants import LeftOff
from tracker.errors import UsageError
from tracker.mcp.our_keys import our_keys

__all__ = ["MOST_BYTES", "Fitted", "fitted", "part_of", "size_of"]

MOST_BYTES = 52_000
"""Of the data of one answer, as JSON. With what stands round it an answer has less than 64 KiB."""
_STEPS = ((20_000, 1_000), (8_000, 200), (3_000, 80), (1_000, 40), (400, 20), (150, 8), (60, 3), (20, 1))
"""The longest text in characters and the longest list: the first step that is short enough is taken."""
_MOST_NAMED = 20
_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)


class Fitted(NamedTuple):
    """Data that is short enough, and the places where something is missing."""

    data: Any
    left_off: list[LeftOff]


def size_of(data: Any) -> int:
    """Return the bytes of data as JSON."""
    return len(msgspec.json.encode(data))


def part_of(data: Any, part: str) -> Any:
    """Return what is at a place. Raise UsageError for one that is not there."""
    for name in filter(None, part.split("/")):
        data = _entry(data, name, part)
    return data


def _entry(data: Any, name: str, part: str) -> Any:
    entries = list(data.values()) if isinstance(data, Mapping) else data if isinstance(data, list) else []
    if _DIGITS.fullmatch(name):
        if int(name) < len(entries):
            return entries[int(name)]
    elif isinstance(data, Mapping) and name in data:
        return data[name]
    there = [key for key in data if key in our_keys()] if isinstance(data, Mapping) else []
    known = f" There are: {', '.join(there)}" if there else f" It has {len(entries)} entries, numbered from 0."
    raise UsageError(f"The answer has no part {part[:60]!r}: there is no {name[:40]!r}.{known}", subject="part")


def fitted(data: Any, part: str = "", skip: int = 0, most: int = MOST_BYTES) -> Fitted:
    """Return data that is short enough. `part`: its place in the whole answer. `skip`: so much of it is not wanted.

    Raise UsageError if there is nothing after `skip`, or if it cannot be made short enough.
    """
    if skip:
        data = _after(data, skip)
    if size_of(data) <= most:
        return Fitted(data, [])
    whole = _first_entries(data, part, skip, most)
    if whole is not None:
        return whole
    for text, entries in _STEPS:
        cut = _Cut(text, entries)
        shorter = cut.of(data, part.rstrip("/"), skip)
        if size_of(shorter) <= most:
            return Fitted(shorter, cut.named())
    raise UsageError(
        "This is too long for one answer. Ask for a part of it, such as part=/record/title", subject="part"
    )


def _after(data: Any, skip: int) -> Any:
    if isinstance(data, Mapping) and skip < len(data):
        return dict(list(data.items())[skip:])
    if isinstance(data, (str, list)) and skip < len(data):
        return data[skip:]
    length = len(data) if isinstance(data, (str, list, Mapping)) else 0
    raise UsageError(f"skip must be less than {length:,}: so much is there", subject="skip")


def _first_entries(data: Any, part: str, skip: int, most: int) -> Fitted | None:
    """Return as many first entries of a list (or characters of a text) as fit, whole. None where that is no way."""
    if not part or not isinstance(data, (str, list, Mapping)) or _is_ours(data):
        return None
    shown = _fitting(data, most)
    if not shown:
        return None
    kept = dict(list(data.items())[:shown]) if isinstance(data, Mapping) else data[:shown]
    return Fitted(kept, [_left_off(part, skip, shown, len(data))])


def _fitting(data: str | list[Any] | Mapping[str, Any], most: int) -> int:
    """Return how many first entries fit."""
    if isinstance(data, str):
        return bisect_right(range(len(data)), most, key=lambda end: size_of(data[:end])) - 1
    shown = 0
    room = most - 2
    for entry in data.items() if isinstance(data, Mapping) else data:
        room -= size_of(entry) + 1
        if room < 0:
            break
        shown += 1
    return shown


def _left_off(part: str, skip: int, shown: int, there: int) -> LeftOff:
    how = f"Ask again with part={part or '/'} and skip={skip + shown}"
    return LeftOff(part=part or "/", shown=skip + shown, of=skip + there, how=how)


class _Cut:
    """Shortens texts and lists, and notes where."""

    def __init__(self, text: int, entries: int) -> None:
        self._text = text
        self._entries = entries
        self._left_off: list[LeftOff] = []

    def of(self, data: Any, part: str, skip: int = 0) -> Any:
        if isinstance(data, str):
            if len(data) <= self._text:
                return data
            self._left_off.append(_left_off(part, skip, self._text, len(data)))
            return f"{data[: self._text]}…"
        if not isinstance(data, (list, Mapping)):
            return data
        shown = self._entries_of(data, part, skip)
        if isinstance(data, list):
            return [self.of(entry, f"{part}/{skip + number}") for number, entry in enumerate(data[:shown])]
        return {
            key: self.of(entry, f"{part}/{name}")
            for (key, entry), name in zip(list(data.items())[:shown], _names(data, skip), strict=False)
        }

    def _entries_of(self, data: Sequence[Any] | Mapping[str, Any], part: str, skip: int) -> int:
        """Return how many entries stay. An object of ours keeps all: its keys say what there is."""
        if len(data) <= self._entries or _is_ours(data):
            return len(data)
        self._left_off.append(_left_off(part, skip, self._entries, len(data)))
        return self._entries

    def named(self) -> list[LeftOff]:
        """Return the places nearest to the top. The last one says how many more there are."""
        more = len(self._left_off) - _MOST_NAMED
        found = sorted(self._left_off, key=lambda it: it.part.count("/"))[:_MOST_NAMED]
        if more > 0:
            how = f"{more:,} more places are cut. Ask for a part of the answer to see it whole"
            found.append(LeftOff(part="/", shown=_MOST_NAMED, of=len(self._left_off), how=how))
        return found


def _is_ours(data: Any) -> bool:
    """Return whether data are an object whose keys are all ours."""
    return isinstance(data, Mapping) and our_keys().issuperset(data)


def _names(data: Mapping[str, Any], skip: int) -> Iterator[str]:
    """Yield how a path names each entry: by its key if that is ours, else by its position."""
    return (key if key in our_keys() else str(skip + number) for number, key in enumerate(data))
