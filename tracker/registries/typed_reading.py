"""Typed reading of decoded JSON from untrusted sources.

A missing field is `None` (or empty). A field of the wrong type is `Unreadable` with its path, and the record is
quarantined. An explicit null counts as the wrong type: these registries leave missing fields out, so a null means that
the format has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, TypeVar

from tracker.errors import Unreadable
from tracker.records.json_objects import RawRecord
from tracker.records.one_line import one_line
from tracker.records.text import compared, squeezed, tidy

__all__ = ["Section", "WarningKind", "Warnings"]

T = TypeVar("T")
_EMPTY: RawRecord = {}


class WarningKind(StrEnum):
    """What a warning means. `NEW_WORD`: the registry uses a word that we do not know. `ODD`: anything else."""

    ODD = "odd"
    NEW_WORD = "new_word"


class Warnings:
    """Warnings about values that were kept as they came. One sentence each, without duplicates."""

    def __init__(self) -> None:
        self._said: dict[str, WarningKind] = {}

    def add(self, sentence: str, kind: WarningKind = WarningKind.ODD) -> None:
        self._said[sentence] = kind

    def sorted(self, kind: WarningKind | None = None) -> tuple[str, ...]:
        """Return all sentences, or those of one kind."""
        return tuple(sorted(it for it, mine in self._said.items() if kind in (None, mine)))


class Section:
    """One JSON object of a record, read field by field."""

    __slots__ = ("path", "raw", "warnings")

    def __init__(self, raw: RawRecord, path: str, warnings: Warnings) -> None:
        self.raw = raw
        self.path = path
        self.warnings = warnings

    def __bool__(self) -> bool:
        return bool(self.raw)

    def _place(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def has(self, name: str) -> bool:
        return name in self.raw

    def unreadable(self, name: str, expected: str) -> Unreadable:
        found = self.raw.get(name)
        shown = type(found).__name__ if isinstance(found, (dict, list)) else repr(found)[:40]
        return Unreadable(self._place(name), expected, "null" if found is None else shown)

    def text(self, name: str) -> str | None:
        """Return the cleaned text. Text without visible characters counts as missing, as it does for the
        content hash.
        """
        if name not in self.raw:
            return None
        found = self.raw[name]
        if type(found) is not str:
            raise self.unreadable(name, "text")
        tidied = tidy(found)
        return (tidied or None) if tidied.isascii() or squeezed(tidied) else None

    def line(self, name: str) -> str | None:
        """As `text`, for a title, a name or a label. Return a single line, so that no part of it can pass for another
        field.
        """
        found = self.text(name)
        return None if found is None else one_line(found)

    def word(self, name: str) -> str | None:
        """As `text`, for an id, a date, a code or a number. Return exactly what the content hash uses."""
        found = self.text(name)
        return None if found is None else squeezed(found)

    def required(self, name: str) -> str:
        found = self.word(name)
        if found is None:
            raise Unreadable(self._place(name), "text", "nothing")
        return found

    def wanted(self, name: str) -> str | None:
        """Return a line that all records should have. If it is missing, add a warning."""
        found = self.line(name)
        if found is None:
            self.warnings.add(f"{self._place(name)} is missing")
        return found

    def code(self, name: str, known: frozenset[str]) -> str | None:
        """Return a code. Keep an unknown one, with a warning."""
        found = self.word(name)
        if found is not None and found not in known:
            self.warnings.add(f"{self._place(name)}: unknown code {found[:60]}", WarningKind.NEW_WORD)
        return found

    def flag(self, name: str) -> bool | None:
        return self._typed(name, bool, "true or false")

    def count(self, name: str) -> int | None:
        return self._typed(name, int, "a whole number")

    def _typed(self, name: str, kind: type[T], expected: str) -> T | None:
        if name not in self.raw:
            return None
        found = self.raw[name]
        if type(found) is not kind:
            raise self.unreadable(name, expected)
        return found

    def section(self, name: str) -> Section:
        """Return the object under `name`, or an empty section."""
        found = self.raw.get(name, _EMPTY)
        if type(found) is not dict:
            raise self.unreadable(name, "an object")
        return Section(found, self._place(name), self.warnings)

    def _list(self, name: str) -> list[Any]:
        if name not in self.raw:
            return []
        found = self.raw[name]
        if type(found) is not list:
            raise self.unreadable(name, "a list")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of names, one line each, sorted as they are compared. The registries change the order
        at will.
        """
        found = self._list(name)
        if not all(type(item) is str for item in found):
            raise self.unreadable(name, "a list of texts")
        return tuple(sorted((one_line(tidy(item)) for item in found), key=lambda text: (compared(text), text)))

    def codes(self, name: str, known: frozenset[str]) -> tuple[str, ...]:
        found = self.texts(name)
        for code in found:
            if code not in known:
                self.warnings.add(f"{self._place(name)}: unknown code {code[:60]}", WarningKind.NEW_WORD)
        return found

    def sections(self, name: str) -> Iterator[Section]:
        path = self._place(name)
        for item in self._list(name):
            if type(item) is not dict:
                raise self.unreadable(name, "a list of objects")
            yield Section(item, path, self.warnings)

    def each(self, name: str, build: Callable[[Section], T]) -> list[T]:
        return [build(section) for section in self.sections(name)]

    def unknown(self, known: frozenset[str]) -> dict[str, Any]:
        """Return the fields of this object that `known` does not name, by path."""
        return {self._place(name): self.raw[name] for name in self.raw.keys() - known}
