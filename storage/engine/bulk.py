"""Helpers for statements over many rows. They behave the same on both databases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table as SQLTable
from sqlalchemy import insert
from sqlalchemy.dialects import sqlite
from sqlmodel import Session

from storage.tables.models import Table
from storage.values.batches import IN_LIMIT, batches
from storage.values.storable import storable

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

__all__ = ["IN_LIMIT", "RowValues", "batches", "insert_absent", "insert_rows", "storable", "table_of", "upsert"]

RowValues = dict[str, Any]
"""The values of a row to write: column -> value as the database takes it."""


def table_of(model: type[Table]) -> SQLTable:
    table = model.__table__  # type: ignore[attr-defined]
    assert isinstance(table, SQLTable)
    return table


def insert_rows(session: Session, model: type[Table], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert all `rows` with one prepared statement. A key that exists already is a Contradiction."""
    if rows:
        session.connection().execute(insert(table_of(model)), rows)


def _insert(session: Session, model: type[Table]) -> sqlite.Insert | postgresql.Insert:
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415  (a tenth of the start-up time on SQLite)

        return postgresql.insert(table_of(model))
    return sqlite.insert(table_of(model))


def insert_absent(session: Session, model: type[Table], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those `rows` whose key does not exist yet."""
    if rows:
        session.connection().execute(_insert(session, model).on_conflict_do_nothing(), rows)


def upsert(session: Session, model: type[Table], rows: Sequence[Mapping[str, Any]], *, update: Iterable[str]) -> None:
    """Insert `rows`. Where the primary key exists, update only the columns in `update`."""
    if not rows:
        return
    statement = _insert(session, model)
    statement = statement.on_conflict_do_update(
        index_elements=list(table_of(model).primary_key.columns),
        set_={name: statement.excluded[name] for name in update},
    )
    session.connection().execute(statement, rows)
