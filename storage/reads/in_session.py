"""Run the SQL texts of `storage.reads` inside a session's transaction, for use cases that read and write in one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from storage.reads.query import FOR_POSTGRES, FOR_SQLITE, Query, Value
from storage.reads.row_reader import RowReader

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult
    from sqlmodel import Session

    from storage.engine.database import Database

__all__ = ["SessionDoor", "SessionReader", "execute_text"]

Row = TypeVar("Row", bound=tuple[Any, ...])
_DIALECTS = {"sqlite": FOR_SQLITE, "postgresql": FOR_POSTGRES}


class SessionReader(RowReader):
    """The transaction of a session. A query may not fold the case of letters here."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(self, query: Query[Row], **named: Value) -> list[Row]:
        """Return all rows of a query."""
        self._session.flush()  # what the transaction added before is seen, as by every other query of a session
        connection = self._session.connection()
        found = execute_text(connection, query.sql, **named)
        return _DIALECTS[connection.dialect.name].shaped(query.row, found.all())


class SessionDoor:
    """The transactions of a database that is open anyway, for what asks a door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def read(self) -> Iterator[RowReader]:
        """Yield a reader that sees one consistent snapshot. Raise what `Database.read` raises."""
        with self._database.read() as session:
            yield SessionReader(session)


def execute_text(connection: Connection, sql: str, **named: Value) -> CursorResult[Any]:
    """Run a text, which may also write. A value that it does not name is left out."""
    statement, values = _DIALECTS[connection.dialect.name].statement(sql, named)
    return connection.exec_driver_sql(statement, values)
