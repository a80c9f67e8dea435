"""Read rows that may have been altered: any value as it is, a few rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, Integer, Row, Select, String, TypeDecorator, type_coerce
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import LargeBinary, NullType
from sqlmodel import Session
from sqlmodel.sql.sqltypes import UTCDateTime

from storage.engine.sqlite_driver import sqlite3

__all__ = ["AT_ONCE", "Progress", "any_text", "as_found", "silent", "stream"]


Progress = Callable[[str, int], None]
"""Called with a table and the number of its rows read so far."""


AT_ONCE = 100
"""Rows held in memory at a time."""


def silent(table: str, rows: int) -> None:
    """Do nothing."""


def stream(session: Session, query: Select[Any], table: str = "", tell: Progress = silent) -> Iterator[Row[Any]]:
    """Yield the rows of `query`, a few at a time."""
    # Without yield_per, the driver would load all rows at once.
    result = session.connection().execute(query, execution_options={"yield_per": AT_ONCE})
    for count, row in enumerate(result, 1):
        yield row
        if count % AT_ONCE == 0:
            tell(table, count)


class _Instant(TypeDecorator[Any]):
    """An instant or, in SQLite, any other value in its column."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            return value
        if not isinstance(found, datetime):
            return value
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


class _Truth(TypeDecorator[Any]):
    """A boolean or, in SQLite, any other value in its column."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return bool(value) if value in (0, 1) else value


_KINDS: dict[type, type] = {UTCDateTime: _Instant, Boolean: _Truth, LargeBinary: NullType}


def as_found(columns: Iterable[Column[Any]]) -> list[ColumnElement[Any]]:
    """Return columns typed so that a value of the wrong type is returned as it is, instead of failing the query."""
    return [
        type_coerce(column, kind()).label(column.name) if (kind := _KINDS.get(type(column.type))) else column
        for column in columns
    ]


@contextmanager
def any_text(session: Session) -> Iterator[None]:
    """Within the block, read text that is not UTF-8 with lone surrogates. SQLite accepts any bytes as text."""
    driver: Any = session.connection().connection.dbapi_connection
    if not isinstance(driver, sqlite3.Connection):
        yield
        return
    driver.text_factory = lambda data: data.decode(errors="surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = str
