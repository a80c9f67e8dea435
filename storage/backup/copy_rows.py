"""The rows of one store into another, whichever databases they are in. The schemas are the same; nothing is judged."""

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
"""Told the table, and how many of its rows are copied."""


def copy_rows(source: Session, target: Session, tell: Told) -> None:
    """Copy all rows into a store that has none (`empty`), within the callers' transactions."""
    for table in Model.metadata.sorted_tables:
        done = 0
        for rows in batches(stream(source, _in_order(table)), IN_LIMIT):
            target.connection().execute(table.insert(), [dict(row._mapping) for row in rows])
            done += len(rows)
            tell(table.name, done)
        if table.autoincrement_column is not None:
            _go_on_counting(target, table, table.autoincrement_column)


def empty(session: Session) -> None:
    """Delete every row of a store, its own among them."""
    for table in reversed(Model.metadata.sorted_tables):
        session.connection().execute(delete(table))


def _in_order(table: Table) -> Any:
    """All rows, those that others of the same table refer to first."""
    if table is table_of(DocumentRow):
        return select(table).order_by(table.c.depth, table.c.sha256)
    return select(table).order_by(*table.primary_key.columns)


def _go_on_counting(session: Session, table: Table, column: Column[Any]) -> None:
    """PostgreSQL counts apart from the rows; SQLite by them."""
    if session.get_bind().dialect.name != "postgresql":
        return
    last = session.connection().execute(select(func.max(column))).scalar()
    sequence = {"table": table.name, "column": column.name, "last": last or 1, "used": last is not None}
    session.connection().execute(text("SELECT setval(pg_get_serial_sequence(:table, :column), :last, :used)"), sequence)
