"""What a block of writes may do to its own transaction."""

from __future__ import annotations

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from storage.engine.bulk import table_of
from storage.engine.database import Database
from storage.errors import Contradiction, StorageError
from storage.reads.in_session import execute_text
from storage.tables.models import AliasRow
from tests.support.store.store_factories import NOW


def add(session: Session, alias: str) -> None:
    row = {"alias": alias, "trial": alias, "noted_at": NOW}
    session.connection().execute(insert(table_of(AliasRow)), row)


def stored(database: Database) -> list[str]:
    with database.read() as session:
        return sorted(row.alias for row in session.exec(select(AliasRow)))


def test_objects_and_statements_are_one_transaction(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        add(session, "A")
        session.add(AliasRow(alias="B", trial="B", noted_at=NOW))
        session.flush()
        raise ZeroDivisionError
    assert stored(database) == []
    with database.write() as session:
        session.add(AliasRow(alias="C", trial="C", noted_at=NOW))
    assert stored(database) == ["C"]


def test_nothing_is_written_after_a_rollback_inside_the_block(database: Database) -> None:
    """SQLite would commit each statement at once, and without the lock."""
    with pytest.raises(StorageError, match="rolled back"), database.write() as session:
        add(session, "A")
        session.exec(select(AliasRow)).all()
        session.rollback()
        add(session, "B")
    assert stored(database) == []


def test_an_error_that_is_swallowed_writes_nothing(database: Database) -> None:
    with pytest.raises(StorageError, match="rolled back"), database.write() as session:
        add(session, "A")
        session.add(AliasRow(alias="A", trial="B", noted_at=NOW))
        with pytest.raises(IntegrityError):
            session.flush()
    assert stored(database) == []


def test_the_driver_error_of_a_text_is_ours_and_undoes_the_block(database: Database) -> None:
    text = "INSERT INTO alias (alias, trial, noted_at) VALUES (:alias, 'B', :now)"
    with pytest.raises(Contradiction), database.write() as session:
        add(session, "A")
        execute_text(session.connection(), text, alias="B", now=NOW)
        execute_text(session.connection(), text, alias="A", now=NOW)
    assert stored(database) == []
    with pytest.raises(StorageError, match="no_such_table"), database.read() as session:
        execute_text(session.connection(), "SELECT alias FROM no_such_table")
