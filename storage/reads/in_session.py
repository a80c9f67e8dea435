"""Run the SQL texts of `storage.reads` inside a session's transaction, for use cases that read and write in one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from storage.reads.query import FOR_POSTGRES, FOR_SQLITE, Query, Value
from storage.reads.row_reader import RowReader

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlmodel import Session

    from storage.engine.database import Database

__all__ = ["SessionDoor", "SessionReader", "execute_insert", "execute_text"]

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
        found = execute_text(connection, query.sql, **named).fetchall()
        return _DIALECTS[connection.dialect.name].shaped(query.row, found)


class SessionDoor:
    """The transactions of a database that is open anyway, for what asks a door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def read(self) -> Iterator[RowReader]:
        """Yield a reader that sees one consistent snapshot. Raise what `Database.read` raises."""
        with self._database.read() as session:
            yield SessionReader(session)


def execute_text(connection: Connection, sql: str, **named: Value) -> Any:
    """Run a text, which may also write, and return the cursor of the driver. Fetch all its rows, if there are any.

    A value that the text does not name is left out. Raise the errors of the driver: `Database` translates them.
    """
    statement, values = _DIALECTS[connection.dialect.name].statement(sql, named)
    # SQLAlchemy takes longer to make a result of its own than a small statement takes to run.
    cursor = connection.connection.cursor()
    cursor.execute(statement, values)
    return cursor


def execute_insert(connection: Connection, sql: str, **named: Value) -> int:
    """Run a text that inserts one row, and return the id that the database gave it. Otherwise as `execute_text`."""
    if connection.dialect.name == "postgresql":
        return int(execute_text(connection, f"{sql} RETURNING id", **named).fetchone()[0])
    return int(execute_text(connection, sql, **named).lastrowid)
