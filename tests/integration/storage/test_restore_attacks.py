"""Backups made to run code, or to confuse types: refused whole, or their rows alone are taken; verify names them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.engine.database import Database
from storage.engine.sqlite_driver import sqlite3
from storage.errors import Damaged, StorageError
from storage.integrity import verify
from storage.watching import watches
from tests.integration.storage.test_backups import back_up, names, put, rows, with_all_kinds
from tests.support.store.raw_sqlite import address_of
from tests.support.store.store_factories import NOW

TRIGGER = "CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM watch; END"


def edited(path: Path, *statements: str) -> None:
    """Change a file as its owner may: its list of objects, too."""
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA writable_schema=ON")
        for statement in statements:
            raw.execute(statement)


def entry(kind: str, name: str, sql: str, table: str = "event") -> str:
    quoted = sql.replace("'", "''")
    return f"INSERT INTO sqlite_schema VALUES ('{kind}', '{name}', '{table}', 0, '{quoted}')"


def altered(name: str, old: str, new: str) -> str:
    return f"UPDATE sqlite_schema SET sql = replace(sql, '{old}', '{new}') WHERE name = '{name}'"


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
CODE = {
    "a trigger": [TRIGGER],
    "a trigger by another kind": [entry("TRIGGER", "t", TRIGGER)],
    "a trigger that says it is a table": [entry("table", "t", TRIGGER)],
    "a trigger named as ours": [entry("trigger", "ix_event_trial", TRIGGER)],
    "a virtual table": [entry("table", "v", "CREATE /**/ VIRTUAL TABLE v USING fts5(x)", "v")],
    "a virtual table in small letters": ["CREATE VIRTUAL TABLE v USING fts5(x)"],
    "a view": ["CREATE VIEW mine AS SELECT * FROM trial"],
    "our view, altered": [altered("v_trials", "SELECT", "SELECT DISTINCT")],
    "a view in the place of a table": ["DROP TABLE muted", f"CREATE VIEW muted AS {ENDLESS}"],
    "a view in the place of the version": [
        "DROP TABLE alembic_version",
        f"CREATE VIEW alembic_version(version_num) AS {ENDLESS}",
        "UPDATE sqlite_schema SET type = 'table' WHERE name = 'alembic_version'",
    ],
    "an index on an expression": ["CREATE INDEX mine ON trial (upper(trial))"],
    "a partial index": ["CREATE INDEX mine ON trial (trial) WHERE trial > 'x'"],
    "a generated column": ["ALTER TABLE watch ADD COLUMN g TEXT AS (hex(zeroblob(100000000)))"],
    "a check with a function": [altered("watch", "trial VARCHAR", "trial VARCHAR CHECK (length(trial) > 0)")],
    "a default with a function": [altered("watch", "trial VARCHAR", "trial VARCHAR DEFAULT (randomblob(9))")],
    "a foreign table": ["CREATE TABLE mine (x)"],
}


@pytest.fixture
def backup(sqlite_url: str, tmp_path: Path) -> Path:
    path = tmp_path / "backup.db"
    with closing(Database.open(sqlite_url, NOW)) as database:
        back_up(with_all_kinds(database), path)
    return path


@pytest.mark.fault("R-G6")
@pytest.mark.parametrize("statements", CODE.values(), ids=CODE)
def test_a_backup_that_brings_code_is_refused(backup: Path, tmp_path: Path, statements: list[str]) -> None:
    edited(backup, *statements)
    before = names(tmp_path)
    with pytest.raises(StorageError, match="backup"):
        put(f"sqlite:///{tmp_path / 'new.db'}", backup, tmp_path, as_is=True)
    assert names(tmp_path) == before


@pytest.mark.fault("R-G6")
@pytest.mark.parametrize("statements", CODE.values(), ids=CODE)
def test_verify_names_what_is_not_ours(sqlite_url: str, statements: list[str]) -> None:
    with closing(Database.open(sqlite_url, NOW)) as database:
        with_all_kinds(database)
        assert database.path is not None
        path = database.path
    edited(path, *statements)
    try:
        with closing(Database.open(sqlite_url, NOW)) as database, database.read() as session:
            found = list(verify.verify(session))
    except Damaged as error:
        # SQLite itself does not read a list of objects that contradicts itself: the store is not opened at all.
        assert "malformed database schema" in error.reason
    else:
        assert found[0].table == "schema"


@pytest.mark.fault("R-G6")
def test_verify_finds_a_dropped_index(sqlite_url: str) -> None:
    with closing(Database.open(sqlite_url, NOW)) as database:
        with database.write() as session:
            session.connection().execute(text("DROP INDEX ix_event_trial"))
        with database.read() as session:
            [fault] = verify.verify(session)
    assert (fault.table, fault.row, fault.reason) == ("schema", "ix_event_trial", "this index is missing")


@pytest.mark.fault("R-G6")
def test_statistics_of_sqlite_are_no_fault(sqlite_url: str, tmp_path: Path) -> None:
    with closing(Database.open(sqlite_url, NOW)) as database:
        with_all_kinds(database)
        with database.write() as session:
            session.connection().execute(text("ANALYZE"))
        with database.read() as session:
            assert list(verify.verify(session)) == []
        back_up(database, tmp_path / "backup.db")
    put(f"sqlite:///{tmp_path / 'new.db'}", tmp_path / "backup.db", tmp_path)
    with closing(sqlite3.connect(tmp_path / "new.db")) as raw:
        assert not raw.execute("SELECT name FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'").fetchall()


TYPES = {
    "text as a number": "UPDATE trial SET versions = 'many'",
    "a real number as a number": "UPDATE event SET run = 1.5",
    "a blob as text": "UPDATE watch SET registry_name = x'00ff'",
    "text as a blob": "UPDATE document SET body = 'x'",
    "three as a truth": "UPDATE watch SET active = 3",
    "words as an instant": "UPDATE watch SET added_at = 'yesterday'",
    "text that is no UTF-8": "UPDATE tag SET tag = CAST(x'ff' AS TEXT)",
    "a row of no trial": "INSERT INTO tag VALUES ('NCT99999999', 'x')",
    "nothing where something must be": "INSERT INTO watch VALUES ('NCT99999998', NULL, NULL, NULL, NULL)",
    "a counter that does not count": "UPDATE sqlite_sequence SET seq = 'x'",
}


@pytest.mark.fault("R-G6")
@pytest.mark.parametrize("statement", TYPES.values(), ids=TYPES)
def test_a_value_of_another_type_is_refused(backup: Path, tmp_path: Path, statement: str) -> None:
    edited(backup, "PRAGMA ignore_check_constraints=ON", "PRAGMA foreign_keys=OFF")
    nulls = [altered("watch", "NOT NULL", "")] if "NULL, NULL" in statement else []
    edited(backup, *nulls)
    edited(backup, statement)
    if nulls:
        with closing(sqlite3.connect(backup, isolation_level=None)) as raw:
            assert raw.execute("SELECT count(*) FROM watch WHERE registry_name IS NULL").fetchone() == (1,)
    with pytest.raises(StorageError, match="backup"):
        put(f"sqlite:///{tmp_path / 'new.db'}", backup, tmp_path)
    assert not (tmp_path / "new.db").exists()


@pytest.mark.fault("R-G6")
def test_nothing_of_the_file_header_comes_along(backup: Path, tmp_path: Path) -> None:
    edited(backup, "PRAGMA user_version=7", "PRAGMA auto_vacuum=FULL", "PRAGMA page_size=512", "VACUUM")
    put(f"sqlite:///{tmp_path / 'new.db'}", backup, tmp_path)
    with closing(sqlite3.connect(tmp_path / "new.db")) as raw:
        found = [
            raw.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "auto_vacuum", "application_id")
        ]
        assert found == [0, 0, 0] and raw.execute("PRAGMA page_size").fetchone() != (512,)


@pytest.mark.fault("R-G6")
def test_the_rows_come_into_either_database(backup: Path, database: Database, tmp_path: Path) -> None:
    put(address_of(database), backup, tmp_path)
    with database.read() as session:
        assert watches.watched(session) and list(verify.verify(session)) == []
    with closing(Database.open(f"sqlite:///{backup}")) as before:
        own, found = rows(before), rows(database)
    assert own.pop("ask") and found.pop("ask") == [] and found == own


@pytest.mark.fault("R-G6")
def test_a_trigger_on_a_server_is_named(postgres_url: str) -> None:
    with closing(Database.open(postgres_url, NOW)) as database:
        with database.write() as session:
            run = session.connection().exec_driver_sql
            run("CREATE FUNCTION gone() RETURNS trigger AS 'BEGIN DELETE FROM watch; RETURN NEW; END' LANGUAGE plpgsql")
            run("CREATE TRIGGER t AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION gone()")
            run("CREATE RULE r AS ON INSERT TO tag DO ALSO DELETE FROM watch")
        with database.read() as session:
            found = [(fault.table, fault.row) for fault in verify.verify(session)]
    assert found == [("schema", "r"), ("schema", "t")]
