"""Everything done to a store behind its back is found, and named."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import text

from storage.documents import documents
from storage.documents.documents import digest
from storage.engine.database import Database
from storage.engine.sqlite_driver import sqlite3
from storage.integrity import verify
from storage.integrity.verify import Fault
from storage.polling import runs
from storage.values.write_models import NewStep
from storage.versions import snapshots, trials
from tests.support.store.raw_sqlite import raw_engine
from tests.support.store.store_factories import NOW, TRIAL, event, small_store

OTHER = "NCT00000002"
SECOND = ("snapshot", f"{TRIAL} version 2")
FIRST = min(digest(documents.canonical({"content": f"{trial} {at}"})) for trial in (TRIAL, OTHER) for at in range(3))


def tamper(database: Database, *statements: str) -> None:
    """Change rows as somebody with the database's own tools would: no foreign key hinders them."""
    engine = raw_engine(database.where)
    with engine.connect() as connection:
        pg = engine.dialect.name == "postgresql"
        connection.execute(text("SET session_replication_role = replica" if pg else "PRAGMA foreign_keys = OFF"))
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()
    engine.dispose()


def faults(database: Database) -> list[Fault]:
    with database.read() as session:
        return list(verify.verify(session))


def places(database: Database) -> set[tuple[str, str]]:
    return {(fault.table, fault.row) for fault in faults(database)}


@pytest.fixture
def filled(database: Database) -> Database:
    """Two trials, three versions each, two events a version: 12 events."""
    with database.write() as session:
        small_store(session)
        runs.quarantine(session, OTHER, b"{", digest(b"{"), 1, "", "cut", "", NOW)
    return database


def test_a_store_nobody_touched_has_no_fault(filled: Database) -> None:
    assert faults(filled) == []


def test_an_empty_store_has_no_fault(database: Database) -> None:
    assert faults(database) == []


def test_a_flipped_byte_of_a_payload_is_found(filled: Database) -> None:
    """Fault F13: SQLite's own check says ok to this."""
    sha = digest(documents.canonical({"content": f"{TRIAL} 1"}))
    with filled.write() as session:
        row = session.get(documents.DocumentRow, sha)
        assert row
        body = bytearray(row.body)
        body[-3] ^= 1
        row.body = bytes(body)
    if filled.path:
        with closing(sqlite3.connect(filled.path)) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert places(filled) == {("document", sha)}


def test_an_altered_quarantine_is_found(filled: Database) -> None:
    tamper(filled, "UPDATE quarantine SET raw_sha256 = 'x'")
    assert places(filled) == {("quarantine", f"{OTHER} x")}


@pytest.mark.parametrize(
    "change",
    [
        "raw_sha256 = (SELECT max(raw_sha256) FROM snapshot)",
        "content_hash = 'x'",
        "effective = '2026-01-31'",
        "effective_basis = 'data'",
        "submit_date = '2025-01-01'",
        "source = 'import'",
        "chain = 'x'",
        "previous = 'x'",
    ],
)
def test_an_edited_version_is_found(filled: Database, change: str) -> None:
    """Fault F14."""
    tamper(filled, f"UPDATE snapshot SET {change} WHERE trial = '{TRIAL}' AND version = 2")
    assert ("snapshot", f"{TRIAL} version 2") in places(filled)
    assert not {row for _, row in places(filled) if OTHER in row}


def test_a_deleted_version_is_found(filled: Database) -> None:
    tamper(filled, f"DELETE FROM snapshot WHERE trial = '{TRIAL}' AND version = 2")
    assert ("snapshot", f"{TRIAL} version 3") in places(filled)


def test_the_last_version_deleted_is_found_by_the_trials_count(filled: Database) -> None:
    tamper(filled, f"DELETE FROM snapshot WHERE trial = '{TRIAL}' AND version = 3")
    assert ("trial", TRIAL) in places(filled)


def test_all_versions_deleted_are_found(filled: Database) -> None:
    tamper(filled, f"DELETE FROM snapshot WHERE trial = '{TRIAL}'", "DELETE FROM sighting")
    assert places(filled) == {("trial", TRIAL)}


def test_versions_that_changed_places_are_found(filled: Database) -> None:
    where = f"WHERE trial = '{TRIAL}' AND version ="
    tamper(filled, *(f"UPDATE snapshot SET version = {new} {where} {old}" for old, new in ((1, 9), (2, 1), (9, 2))))
    assert {("snapshot", f"{TRIAL} version 1"), ("snapshot", f"{TRIAL} version 2")} <= places(filled)


def test_a_version_without_its_document_is_found(filled: Database) -> None:
    sha = digest(documents.canonical({"content": f"{TRIAL} 1"}))
    tamper(filled, f"DELETE FROM document WHERE sha256 = '{sha}'")
    assert places(filled) == {("snapshot", f"{TRIAL} version 2")}


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        (f"UPDATE trial SET current_version = 1 WHERE trial = '{TRIAL}'", ("trial", TRIAL)),
        (f"UPDATE trial SET versions = 4 WHERE trial = '{TRIAL}'", ("trial", TRIAL)),
        (f"DELETE FROM trial WHERE trial = '{TRIAL}'", ("trial", TRIAL)),
        ("UPDATE sighting SET version = 7 WHERE id = 1", ("sighting", "1")),
        ("UPDATE store SET seq = 11", ("store", "1")),
        ("UPDATE store SET event_head = ''", ("store", "1")),
        ("DELETE FROM store", ("store", "1")),
        ("DELETE FROM event WHERE seq = 12", ("store", "1")),
        ("DELETE FROM event WHERE seq = 4", ("event", "5")),
        ("DELETE FROM event WHERE seq = 4", ("field_change", "4 0")),
        ("UPDATE field_change SET after = '1' WHERE seq = 4", ("event", "4")),
        ("UPDATE field_change SET position = 1 WHERE seq = 4", ("event", "4")),
        ("DELETE FROM field_change WHERE seq = 4", ("event", "4")),
    ],
)
def test_a_row_that_is_wrong_or_gone_is_found(filled: Database, statement: str, place: tuple[str, str]) -> None:
    tamper(filled, statement)
    assert place in places(filled)


@pytest.mark.parametrize(
    "change",
    [
        "id = 'x'",
        "identity = 'x'",
        "trial = 'x'",
        "kind = 'x'",
        "severity = 'x'",
        "summary = 'x'",
        "subject = 'x'",
        "effective = 'x'",
        "observed_at = '2026-03-01 12:00:01.000000'",
        "from_version = 9",
        "to_version = 9",
        "backfilled = NOT backfilled",
        "run = 9",
        "chain = 'x'",
    ],
)
def test_an_edited_event_is_found(filled: Database, change: str) -> None:
    tamper(filled, f"UPDATE event SET {change} WHERE seq = 4")
    assert ("event", "4") in places(filled)
    assert {row for _, row in places(filled)} <= {"4", "5"}


def test_events_that_changed_places_are_found(filled: Database) -> None:
    for table in ("event", "field_change"):
        tamper(
            filled, *(f"UPDATE {table} SET seq = {new} WHERE seq = {old}" for old, new in ((4, 99), (5, 4), (99, 5)))
        )
    assert {("event", "4"), ("event", "5")} <= places(filled)


@pytest.mark.fault("F13")
@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE event SET observed_at = 'junk' WHERE seq = 4", ("event", "4")),
        ("UPDATE event SET observed_at = 7 WHERE seq = 4", ("event", "4")),
        ("UPDATE event SET backfilled = 7 WHERE seq = 4", ("event", "4")),
        ("UPDATE event SET summary = CAST(x'ff41' AS TEXT) WHERE seq = 4", ("event", "4")),
        ("UPDATE event SET summary = x'ff41' WHERE seq = 4", ("event", "4")),
        ("UPDATE event SET from_version = 'junk' WHERE seq = 4", ("event", "4")),
        ("UPDATE field_change SET after = CAST(x'ff41' AS TEXT) WHERE seq = 4", ("event", "4")),
        ("UPDATE store SET seq = 'junk'", ("store", "1")),
        (f"UPDATE snapshot SET effective = x'00' WHERE trial = '{TRIAL}' AND version = 2", (*SECOND,)),
        (f"UPDATE snapshot SET observed_at = 'junk' WHERE trial = '{TRIAL}' AND version = 2", (*SECOND,)),
        (f"UPDATE snapshot SET registry_version = 'x' WHERE trial = '{TRIAL}' AND version = 2", (*SECOND,)),
        (
            f"UPDATE snapshot SET version = 'x' WHERE trial = '{TRIAL}' AND version = 3",
            ("snapshot", f"{TRIAL} version x"),
        ),
        ("UPDATE document SET body = 'text' WHERE sha256 = (SELECT min(sha256) FROM document)", ("document", FIRST)),
        ("UPDATE document SET body = NULL WHERE sha256 = (SELECT min(sha256) FROM document)", ("document", FIRST)),
        ("UPDATE document SET size = 'x' WHERE sha256 = (SELECT min(sha256) FROM document)", ("document", FIRST)),
        ("UPDATE quarantine SET body = 'text'", ("quarantine", f"{OTHER} {digest(b'{')}")),
    ],
)
def test_a_value_of_another_kind_is_named_with_its_row_and_no_crash(
    sqlite_url: str, statement: str, place: tuple[str, str]
) -> None:
    """SQLite takes any value into any column. Whatever stands there, the walk goes on behind it."""
    database = Database.open(sqlite_url, NOW)
    with database.write() as session:
        small_store(session)
        runs.quarantine(session, OTHER, b"{", digest(b"{"), 1, "", "cut", "", NOW)
    loosen = (
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'document'",
        "PRAGMA writable_schema = RESET",
    )
    tamper(database, *(loosen if "NULL" in statement else ()), statement)
    tamper(database, "UPDATE event SET summary = 'x' WHERE seq = 12")
    assert {place, ("event", "12")} <= places(database)
    database.close()


@pytest.mark.fault("F13")
def test_a_page_that_was_overwritten_is_told_and_the_other_tables_are_looked_at(sqlite_url: str) -> None:
    database = Database.open(sqlite_url, NOW)
    with database.write() as session:
        small_store(session)
    assert database.path is not None
    database.close()
    with closing(sqlite3.connect(database.path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page, size = raw.execute("SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema "
                                 "WHERE name = 'snapshot'").fetchone()  # fmt: skip
        raw.execute("UPDATE event SET summary = 'x' WHERE seq = 12")
        raw.commit()
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with database.path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    database = Database.open(sqlite_url, NOW)
    found = places(database)
    database.close()
    assert ("event", "12") in found and ("snapshot", "") in found and "database" in {table for table, _ in found}


@pytest.mark.fault("F13")
def test_an_index_that_does_not_fit_its_table_is_told(sqlite_url: str) -> None:
    """A query by the index would leave a row out, and no hash says so."""
    database = Database.open(sqlite_url, NOW)
    with database.write() as session:
        small_store(session)
    database.close()
    tamper(
        database,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'ix_tag_tag') "
        "WHERE name = 'ix_event_trial'",
        "PRAGMA writable_schema = RESET",
    )
    database = Database.open(sqlite_url)
    found = faults(database)
    database.close()
    assert any(fault.table == "database" and "ix_event_trial" in fault.reason for fault in found), found


def test_more_rows_than_are_held_at_once_are_all_looked_at(database: Database) -> None:
    with database.write() as session:
        trials.add(session, [TRIAL], "ctgov")
        told_of = tuple(event(subject=str(number)) for number in range(250))
        snapshots.commit(session, [NewStep(None, told_of, None)])
    told: list[tuple[str, int]] = []
    with database.read() as session:
        assert list(verify.verify(session, lambda table, rows: told.append((table, rows)))) == []
    assert ("event", 200) in told
    tamper(database, "UPDATE event SET summary = 'x' WHERE seq = 249")
    assert places(database) == {("event", "249")}
