"""Run the SQL texts of `storage.reads` inside a session's transaction, for use cases that read and write in one."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlmodel import Session

from storage.reads.query import FOR_POSTGRES, FOR_SQLITE, Query, Value

__all__ = ["rows_of"]

Row = TypeVar("Row", bound=tuple[Any, ...])
_DIALECTS = {"sqlite": FOR_SQLITE, "postgresql": FOR_POSTGRES}


def rows_of(session: Session, query: Query[Row], **named: Value) -> list[Row]:
    """Return all rows of a query, which may not fold the case of letters."""
    session.flush()  # what the transaction added before is seen, as by every other query of a session
    connection = session.connection()
    dialect = _DIALECTS[connection.dialect.name]
    statement, values = dialect.statement(query.sql, named)
    return dialect.shaped(query.row, [tuple(row) for row in connection.exec_driver_sql(statement, values)])
