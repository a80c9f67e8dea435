"""The one way to the queries of `storage.reads`: short read-only transactions on connections of their own.

A door never creates, migrates or writes. It refuses a store whose schema is not this program's. Threads share it.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from storage.engine.revisions import REVISIONS, newer_schema
from storage.engine.sqlite_driver import PATIENCE_SECONDS
from storage.engine.url import located
from storage.errors import Unavailable
from storage.reads.query import Query, Value
from storage.reads.row_reader import RowReader
from storage.reads.sources.connections import FileSource, Source
from storage.reads.sources.memory import Memory

__all__ = ["ReadDoor", "Reader"]

Row = TypeVar("Row", bound=tuple[Any, ...])
CONNECTIONS = 4
"""Reads at a time. More of them wait."""


class _Revision(NamedTuple):
    version_num: str


_REVISION = Query("SELECT version_num FROM alembic_version", _Revision)


class Reader(RowReader):
    """One transaction of a door.

    `before`: what the source gave as a mark before the transaction.
    """

    def __init__(self, source: Source, connection: Any, memory: Memory, before: Any = None) -> None:
        self._source = source
        self._connection = connection
        self._memory = memory
        self._before = before

    def rows(self, query: Query[Row], **named: Value) -> list[Row]:
        """Return all rows of a query."""
        statement, values = self._source.dialect.statement(query.sql, named)
        return self._source.dialect.shaped(query.row, self._connection.execute(statement, values).fetchall())

    def remembered(self, query: Query[Row], **named: Value) -> list[Row]:
        """Return what `rows` returns. As long as nothing is stored, the query runs once for all readers of the door.

        For queries that look at much and return little, such as counts.
        """
        values = tuple((name, _fixed(value)) for name, value in sorted(named.items()))
        state = self._source.state(self._connection, self._before)
        return self._memory.rows(state, (query, values), lambda: self.rows(query, **named))

    def remembered_one(self, query: Query[Row], **named: Value) -> Row:
        """Return what `one` returns, as `remembered` does."""
        [found] = self.remembered(query, **named)
        return found


class ReadDoor:
    """Gives read-only transactions on an existing store.

    `url` is its address without secrets, `path` its file, None for one on a server.
    """

    def __init__(self, source: Source, connections: int = CONNECTIONS, *, remembers: bool = True) -> None:
        self._source = source
        self._remembers = remembers
        self.url = source.url
        self.path = source.path
        self.dialect = source.dialect.name
        self._free = threading.BoundedSemaphore(connections)
        self._guard = threading.Lock()
        self._idle: list[Any] = []
        self._memory = Memory()
        self._is_closed = False

    @classmethod
    def open(cls, where: Path | str, *, connections: int = CONNECTIONS, remembers: bool = True) -> ReadDoor:
        """Open the store at a path or an address, as `Database.open` takes it.

        `remembers` False suits who asks once: a file needs a connection more to know what may be remembered.

        Raise Unavailable if there is no store or if its schema is older than this program's, NewerSchema if it is
        newer, and Damaged or Locked.
        """
        door = cls(_source(where), connections, remembers=remembers)
        try:
            with door._connection(is_new=True) as connection:
                if not connection.execute(door._source.has_schema).fetchall():
                    raise Unavailable(door.url, "it holds no store of trialwatch", "file")
            with door.read():
                pass
        except BaseException:
            door.close()
            raise
        return door

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """Yield a reader that sees one consistent snapshot. Keep the block short.

        Raise Replaced if the opened file was removed or replaced, and NewerSchema or Unavailable if another program
        has changed the schema since.
        """
        self._source.check()
        before = self._source.mark() if self._remembers else None
        with self._connection() as connection:
            yield Reader(self._source, connection, self._memory, before)

    def close(self) -> None:
        """Close all connections. Those that are in use are closed at the end of their transaction."""
        with self._guard:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            self._discard(connection)
        self._source.close()

    @contextmanager
    def _connection(self, *, is_new: bool = False) -> Iterator[Any]:
        if not self._free.acquire(timeout=PATIENCE_SECONDS):
            raise Unavailable(self.url, "no connection became free", "busy")
        connection = None
        try:
            connection = self._begun(is_checked=not is_new)
            yield connection
            self._source.end(connection)
        except self._source.errors as error:
            self._discard(connection)
            raise self._source.translated(error) from error
        except BaseException:
            self._ended(connection)
            raise
        else:
            self._keep(connection)
        finally:
            self._free.release()

    def _begun(self, *, is_checked: bool) -> Any:
        """Return a connection in a transaction. A new one takes the place of one that lost its server."""
        with self._guard:
            connection = self._idle.pop() if self._idle else None
        if connection is not None:
            try:
                return self._checked(connection, is_checked=is_checked)
            except self._source.errors:
                is_lost = not self._source.is_usable(connection)
                self._discard(connection)
                if not is_lost:
                    raise
            except BaseException:
                self._discard(connection)
                raise
        connection = self._source.connect()
        try:
            return self._checked(connection, is_checked=is_checked)
        except BaseException:
            self._discard(connection)
            raise

    def _checked(self, connection: Any, *, is_checked: bool) -> Any:
        self._source.begin(connection)
        if is_checked:
            self._refuse_other_schema(Reader(self._source, connection, self._memory).one(_REVISION).version_num)
        return connection

    def _refuse_other_schema(self, revision: str) -> None:
        if revision == REVISIONS[-1]:
            return
        if revision not in REVISIONS:
            raise newer_schema(self.url, revision)
        why = f"its schema is {revision}, older than this program's {REVISIONS[-1]}; any command that writes updates it"
        raise Unavailable(self.url, why)

    def _ended(self, connection: Any) -> None:
        """End a transaction whose block raised, and keep the connection if that works."""
        if connection is None:
            return
        try:
            self._source.end(connection)
        except self._source.errors:
            self._discard(connection)
        else:
            self._keep(connection)

    def _keep(self, connection: Any) -> None:
        with self._guard:
            if not self._is_closed:
                self._idle.append(connection)
                return
        self._discard(connection)

    def _discard(self, connection: Any) -> None:
        if connection is not None:
            with suppress(*self._source.errors):
                connection.close()


def _fixed(value: Value) -> Hashable:
    """Return a value as a part of a key. Not equal to one of another type: 1 is not true."""
    return (type(value), tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value)


def _source(where: Path | str) -> Source:
    place = located(where)
    if isinstance(place, Path):
        return FileSource(place)
    from storage.reads.sources.server_door import server_source  # noqa: PLC0415  (SQLAlchemy costs 200 ms; a file needs none)

    return server_source(place)
