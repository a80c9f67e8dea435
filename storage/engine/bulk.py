"""Small helpers for statements over many rows, the same on both databases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Table as SQLTable
from sqlalchemy import insert
from sqlalchemy.dialects import sqlite
from sqlmodel import Session

from storage.tables.models import Table

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

__all__ = ["IN_LIMIT", "batches", "insert_absent", "insert_rows", "storable", "table_of", "upsert"]

IN_LIMIT = 500
"""Values in one IN: far below both databases' limits on parameters, and enough to make round trips rare."""

Item = TypeVar("Item")
Row = Mapping[str, Any]


def batches(items: Iterable[Item], size: int = IN_LIMIT) -> Iterator[list[Item]]:
    """Cut `items` into lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def storable(text: str) -> str:
    """`text` as both databases can hold it: NUL (PostgreSQL refuses it) and lone surrogates become U+FFFD."""
    if "\x00" in text:
        text = text.replace("\x00", "�")
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def table_of(model: type[Table]) -> SQLTable:
    table = model.__table__  # type: ignore[attr-defined]
    assert isinstance(table, SQLTable)
    return table


def insert_rows(session: Session, model: type[Table], rows: Sequence[Row]) -> None:
    """Insert all of `rows` with one prepared statement; a key already there is a Contradiction."""
    if rows:
        session.connection().execute(insert(table_of(model)), rows)


def _insert(session: Session, model: type[Table]) -> sqlite.Insert | postgresql.Insert:
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415  (a tenth of every start on SQLite)

        return postgresql.insert(table_of(model))
    return sqlite.insert(table_of(model))


def insert_absent(session: Session, model: type[Table], rows: Sequence[Row]) -> None:
    """Insert those of `rows` whose key is not there yet."""
    if rows:
        session.connection().execute(_insert(session, model).on_conflict_do_nothing(), rows)


def upsert(session: Session, model: type[Table], rows: Sequence[Row], *, update: Iterable[str]) -> None:
    """Insert `rows`; where the primary key is there already, set only the columns named in `update`."""
    if not rows:
        return
    statement = _insert(session, model)
    statement = statement.on_conflict_do_update(
        index_elements=list(table_of(model).primary_key.columns),
        set_={name: statement.excluded[name] for name in update},
    )
    session.connection().execute(statement, rows)
