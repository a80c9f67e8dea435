"""What a store was asked before: the rows of queries that look at much and return little, for one state of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

__all__ = ["Memory"]

_MOST = 256
"""Queries that are kept at a time. The oldest makes room."""


class _Answer:
    """`guard` is held while the rows are read, so that they are read once, however many ask."""

    __slots__ = ("guard", "rows")

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.rows: list[Any] | None = None


class Memory:
    """Keeps rows while the store is in one state. Threads share it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._state: Hashable = None
        self._answers: dict[Hashable, _Answer] = {}

    def rows(self, state: Hashable, question: Hashable, read: Callable[[], list[Any]]) -> list[Any]:
        """Return what `read` returns or returned for this question in this state. None as a state: it is not known."""
        if state is None:
            return read()
        answer = self._answer(state, question)
        with answer.guard:
            if answer.rows is None:
                answer.rows = read()
            return list(answer.rows)

    def _answer(self, state: Hashable, question: Hashable) -> _Answer:
        with self._guard:
            if state != self._state:
                self._state, self._answers = state, {}
            if question not in self._answers:
                if len(self._answers) >= _MOST:
                    del self._answers[next(iter(self._answers))]
                self._answers[question] = _Answer()
            return self._answers[question]
