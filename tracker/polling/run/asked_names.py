"""The trials that a run asks for, and which of them have answered: nine bytes a trial. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from storage.values.batches import sorted_once

__all__ = ["AskedNames"]


class AskedNames:
    """Names in order, each with a mark. A set of as many would take ten times the memory."""

    __slots__ = ("_answered", "_names")

    def __init__(self, names: Sequence[str] = ()) -> None:
        self._names = sorted_once(names)
        self._answered = bytearray(len(self._names))

    def __contains__(self, name: str) -> bool:
        return self._place(name) is not None

    def note_answer(self, name: str) -> None:
        """Note that a trial has answered. Raise KeyError for one that was not asked for."""
        place = self._place(name)
        if place is None:
            raise KeyError(name)
        self._answered[place] = True

    def has_answered(self, name: str) -> bool:
        """Return whether this was asked for and has answered."""
        place = self._place(name)
        return place is not None and bool(self._answered[place])

    def _place(self, name: str) -> int | None:
        place = bisect_left(self._names, name)
        return place if place < len(self._names) and self._names[place] == name else None
