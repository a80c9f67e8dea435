"""What can run the queries of `storage.reads`: a door's transaction, or that of a session."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from storage.reads.query import Query, Value

__all__ = ["RowReader", "RowSource"]

Row = TypeVar("Row", bound=tuple[Any, ...])


class RowReader(ABC):
    """One transaction. All its queries see the same snapshot of the store."""

    __slots__ = ()

    @abstractmethod
    def rows(self, query: Query[Row], **named: Value) -> list[Row]:
        """Return all rows of a query."""

    def first(self, query: Query[Row], **named: Value) -> Row | None:
        """Return the first row of a query, or None if it has none."""
        found = self.rows(query, **named)
        return found[0] if found else None

    def one(self, query: Query[Row], **named: Value) -> Row:
        """Return the row of a query that has exactly one."""
        [found] = self.rows(query, **named)
        return found


class RowSource(Protocol):
    """Gives transactions for reading: a door, or a database that is open."""

    def read(self) -> AbstractContextManager[RowReader]: ...
