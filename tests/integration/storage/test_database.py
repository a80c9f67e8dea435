"""Opening, migrating, refusing; transactions; what foreign errors become."""

from __future__ import annotations

import os
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, text
from sqlalchemy.exc import (
    DataError,
    InternalError,
    InvalidRequestError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session, select

from storage.documents import documents
from storage.engine.bulk import insert_absent, insert_rows, table_of, upsert
from storage.engine.database import REVISIONS, Database
from storage.engine.database_errors import translated
from storage.engine.migrate import config
from storage.engine.sqlite_backup import mapped
from storage.engine.sqlite_driver import connect, sqlite3
from storage.errors import Contradiction, Damaged, Full, Locked, NewerSchema, StorageError, Unavailable
from storage.tables.models import AliasRow, Table, TrialRow
from storage.versions import history, trials
from tests.support.store.raw_sqlite import raw_engine
from tests.support.store.store_factories import NOW, TRIAL


def test_fresh_equals_migrated(empty_url: str) -> None:
    database = Database.open(empty_url, NOW)
    with database.read() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
    database.close()


def test_the_revisions_named_are_those_there_are(database: Database) -> None:
    with database.read() as session:
        scripts = ScriptDirectory.from_config(config(session.connection()))
        assert tuple(it.revision for it in scripts.walk_revisions())[::-1] == REVISIONS


def test_a_store_keeps_its_name(empty_url: str) -> None:
    names = []
    for _ in range(2):
        database = Database.open(empty_url, NOW)
        with database.read() as session:
            row = history.store(session)
            names.append((row.store_id, row.created_at, row.seq, row.canonical))
        database.close()
    assert names[0] == names[1]
    assert names[0][1:] == (NOW, 0, "canonical-v1")


def test_two_first_starts_at_once_make_one_store(empty_url: str) -> None:
    opened: list[Database] = []
    threads = [threading.Thread(target=lambda: opened.append(Database.open(empty_url, NOW))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = set()
    for database in opened:
        with database.read() as session:
            names.add(history.store(session).store_id)
        database.close()
    assert len(opened) == 3
    assert len(names) == 1


def test_a_first_start_waits_for_another_that_is_at_it(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE theirs (x)")
    ends = threading.Timer(0.3, other.commit)
    ends.start()
    database = Database.open(f"sqlite:///{path}", NOW)
    ends.join()
    other.close()
    with database.read() as session:
        assert session.connection().exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    database.close()


@pytest.mark.fault("F21")
def test_a_newer_schema_is_refused_and_untouched(empty_url: str) -> None:
    database = Database.open(empty_url, NOW)
    with database.write() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))
        session.add(TrialRow(trial=TRIAL, registry_name="ctgov"))
    database.close()
    before = database.path.read_bytes() if database.path else b""
    with pytest.raises(NewerSchema, match="9999"):
        Database.open(empty_url, NOW)
    if database.path:
        assert database.path.read_bytes() == before
    engine = raw_engine(empty_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT trial FROM trial")).scalars().all() == [TRIAL]
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    engine.dispose()


def test_what_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        trials.add(session, [TRIAL], "ctgov")
        1 / 0  # noqa: B018
    with database.read() as session:
        assert session.get(TrialRow, TRIAL) is None


def test_objects_and_statements_are_one_transaction(database: Database) -> None:
    other = f"{TRIAL[:-1]}0"

    def write_both(session: Session) -> None:
        session.connection().execute(insert(table_of(AliasRow)), {"alias": other, "trial": TRIAL, "noted_at": NOW})
        session.add(AliasRow(alias=TRIAL, trial=TRIAL, noted_at=NOW))

    def stored() -> int:
        with database.read() as session:
            return len(session.exec(select(AliasRow)).all())

    with pytest.raises(ZeroDivisionError), database.write() as session:
        write_both(session)
        1 / 0  # noqa: B018
    assert stored() == 0
    with database.write() as session:
        write_both(session)
    assert stored() == 2


def test_ddl_is_rolled_back_too(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        session.connection().execute(text("CREATE TABLE half (a INTEGER)"))
        1 / 0  # noqa: B018
    with pytest.raises(StorageError, match="half"), database.read() as session:
        session.connection().execute(text("SELECT * FROM half"))


def test_a_read_writes_nothing(database: Database) -> None:
    with database.read() as session:
        trials.add(session, [TRIAL], "ctgov")
    with database.read() as session:
        assert session.get(TrialRow, TRIAL) is None


def test_a_read_sees_one_moment(database: Database) -> None:
    with database.read() as session:
        assert trials.rows(session, watched_only=False) == []
        with database.write() as other:
            trials.add(other, [TRIAL], "ctgov")
        assert trials.rows(session, watched_only=False) == []


def test_rows_outlive_their_session_and_instants_are_utc(database: Database) -> None:
    berlin = datetime.fromisoformat("2026-03-01T13:00:00+01:00")
    with database.write() as session:
        session.add(AliasRow(alias="A", trial=TRIAL, noted_at=berlin))
    with database.read() as session:
        row = session.get(AliasRow, "A")
    assert row is not None
    assert row.noted_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert row.noted_at.tzinfo is UTC


def test_a_contradiction_is_named(database: Database) -> None:
    with pytest.raises(Contradiction, match=database.dialect), database.write() as session:
        session.add(TrialRow(trial=TRIAL, registry_name="ctgov"))
        session.flush()
        session.expunge_all()
        session.add(TrialRow(trial=TRIAL, registry_name="ctgov"))


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://h/d",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql+nodriver://h/d",
        "sqlite:////proc/no/a.db",
    ],
)
def test_an_address_that_cannot_be_opened_is_refused_by_name(url: str) -> None:
    with pytest.raises(Unavailable):
        Database.open(url)


def test_a_server_that_is_not_there_is_unavailable_and_its_password_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        Database.open(f"postgresql+psycopg://me:secret@/d?host={tmp_path}")
    assert "secret" not in str(caught.value)


SPOILED = {
    "tables": (b"CREATE TABLE trial", b"CREATE TABL\xd3 trial"),
    "indexes": (b"CREATE INDEX", b"CREATE IND\xc3X"),
    "views": (b"CREATE VIEW", b"CREATE VI\xffW"),
}


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_message_of_sqlite_that_is_no_utf_8_says_that_the_store_is_damaged(tmp_path: Path, spoiled: str) -> None:
    path = tmp_path / "store.db"
    Database.open(f"sqlite:///{path}", NOW).close()
    old, new = SPOILED[spoiled]
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    with pytest.raises(Damaged, match="malformed database schema"):
        Database.open(f"sqlite:///{path}", NOW)
    with pytest.raises(StorageError), mapped(path), closing(connect(path)) as raw:
        raw.execute("SELECT * FROM trial")


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(b"these are notes, not a database\n" * 100)
    with pytest.raises(Damaged, match=r"notes\.db"):
        Database.open(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"these are notes")


def test_sqlite_is_set_up_not_to_lose_a_commit(sqlite_url: str) -> None:
    database = Database.open(sqlite_url, NOW)
    with database.read() as session:
        found = [
            session.connection().execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    database.close()
    assert found == ["wal", 2, 1, 10_000]


def test_a_full_disk_is_named_and_rolled_back(sqlite_url: str) -> None:
    database = Database.open(sqlite_url, NOW)
    with pytest.raises(Full), database.write() as session:
        pages = session.connection().execute(text("PRAGMA page_count")).scalar_one()
        session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        trials.add(session, [f"NCT{number:08}" for number in range(2000)], "ctgov")
    with database.read() as session:
        assert trials.rows(session, watched_only=False) == []
    database.close()


def test_a_lock_kept_by_another_is_locked(sqlite_url: str) -> None:
    database = Database.open(sqlite_url, NOW)
    impatient = raw_engine(sqlite_url, timeout=0)
    with database.write() as session, impatient.connect() as other:
        trials.add(session, [TRIAL], "ctgov")
        with pytest.raises(OperationalError) as caught:
            other.exec_driver_sql("BEGIN IMMEDIATE")
    error = translated(caught.value, "the store")
    impatient.dispose()
    database.close()
    assert isinstance(error, Locked)
    assert error.retryable
    assert str(error).startswith("the store: ")


def test_a_thread_that_writes_too_long_is_locked_too(database: Database) -> None:
    database.patience = 0.01
    with database.write(), pytest.raises(Locked, match="another thread"), database.write():
        pass


def test_a_schema_only_moves_forward(database: Database) -> None:
    with database.write() as session, pytest.raises(NotImplementedError, match="backup"):
        command.downgrade(config(session.connection()), "base")


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        (PoolTimeout("x"), Unavailable),
        (InvalidRequestError("x"), StorageError),
        (OperationalError("", {}, psycopg.errors.DeadlockDetected("x")), Locked),
        (OperationalError("", {}, psycopg.errors.SerializationFailure("x")), Locked),
        (OperationalError("", {}, psycopg.errors.LockNotAvailable("x")), Locked),
        (OperationalError("", {}, psycopg.errors.DiskFull("x")), Full),
        (OperationalError("", {}, psycopg.errors.TooManyConnections("x")), Unavailable),
        (OperationalError("", {}, psycopg.errors.AdminShutdown("x")), Unavailable),
        (OperationalError("", {}, psycopg.OperationalError("connection refused")), Unavailable),
        (OperationalError("", {}, psycopg.errors.InvalidPassword("x")), Unavailable),
        (InternalError("", {}, psycopg.errors.DataCorrupted("x")), Damaged),
        (ProgrammingError("", {}, psycopg.errors.InsufficientPrivilege("x")), Unavailable),
        (ProgrammingError("", {}, psycopg.errors.UndefinedTable("x")), StorageError),
        (DataError("", {}, psycopg.errors.NumericValueOutOfRange("x")), Contradiction),
        (ProgrammingError("", {}, Exception("")), StorageError),
    ],
)
def test_every_foreign_error_has_one_of_ours(foreign: SQLAlchemyError, ours: type[StorageError]) -> None:
    error = translated(foreign, "the store")
    assert type(error) is ours
    assert "the store" in str(error)


def test_no_rows_are_no_statement(database: Database) -> None:
    with database.write() as session:
        upsert(session, AliasRow, [], update=("trial",))
        insert_absent(session, AliasRow, [])
        insert_rows(session, AliasRow, [])
        assert session.get(AliasRow, "") is None


def test_an_error_nobody_foresaw_is_still_ours(database: Database) -> None:
    with pytest.raises(StorageError), database.read() as session:
        session.connection().execute(text("SELECT nothing FROM nowhere"))


def test_closing_folds_a_large_log_even_while_others_read(sqlite_url: str) -> None:
    database = Database.open(sqlite_url, NOW)
    assert database.path
    stays = sqlite3.connect(database.path)
    stays.execute("SELECT count(*) FROM trial").fetchall()
    with database.write() as session:
        documents.keep(session, [(str(number), os.urandom(100_000)) for number in range(60)])
    log = database.path.with_name(database.path.name + "-wal")
    large = log.stat().st_size
    database.close()
    small = log.stat().st_size
    stays.close()
    assert large > 4 * 1024 * 1024 > small
