"""Copy all rows of one store into another, across databases. Both have the same schema; nothing is checked here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Table, delete, func, select, text
from sqlmodel import Session

from storage.engine.bulk import IN_LIMIT, batches, table_of
from storage.engine.unchecked_rows import stream
from storage.tables.base_table import Table as Model
from storage.tables.models import DocumentRow

__all__ = ["Told", "copy_rows", "empty"]

Told = Callable[[str, int], None]
"""Called with a table and the number of its rows copied so far."""


def copy_rows(source: Session, target: Session, tell: Told) -> None:
    """Copy all rows into a store without rows (see `empty`). The callers own both transactions."""
    for table in Model.metadata.sorted_tables:
        done = 0
        for rows in batches(stream(source, _in_order(table)), IN_LIMIT):
            target.connection().execute(table.insert(), [dict(row._mapping) for row in rows])
            done += len(rows)
            tell(table.name, done)
        if table.autoincrement_column is not None:
            _go_on_counting(target, table, table.autoincrement_column)


def empty(session: Session) -> None:
    """Delete every row, including the row that describes the store."""
    for table in reversed(Model.metadata.sorted_tables):
        session.connection().execute(delete(table))


def _in_order(table: Table) -> Any:
    """Select all rows of a table, so that each row comes after the rows of the same table it refers to."""
    if table is table_of(DocumentRow):
        # A document refers to its base, which is always one step less deep.
        return select(table).order_by(table.c.depth, table.c.sha256)
    return select(table).order_by(*table.primary_key.columns)


def _go_on_counting(session: Session, table: Table, column: Column[Any]) -> None:
    """Continue the numbering of a table after its last row."""
    # SQLite derives the next number from the rows. PostgreSQL keeps it in a sequence of its own.
    if session.get_bind().dialect.name != "postgresql":
        return
    last = session.connection().execute(select(func.max(column))).scalar()
    sequence = {"table": table.name, "column": column.name, "last": last or 1, "used": last is not None}
    session.connection().execute(text("SELECT setval(pg_get_serial_sequence(:table, :column), :last, :used)"), sequence)
