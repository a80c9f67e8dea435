"""Old stores with data in them: brought up to date whole, or left as they were."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from storage.backup.backup import contents
from storage.backup.restore import Wanted, restore
from storage.documents.read_documents import load
from storage.engine.database import REVISIONS, Database
from storage.integrity import verify
from storage.outbox import queue
from storage.polling import runs
from storage.reads.in_session import SessionReader
from storage.tables.models import Table
from storage.versions import history, trials
from tests.support.store import postgres
from tests.support.store.old_stores import Rows, everything, make_old
from tests.support.store.store_factories import NOW, TRIAL, add_version
from tests.support.store.store_processes import ROOT

OLD = REVISIONS[:-1]


@pytest.fixture(scope="session")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return everything(tmp_path_factory.mktemp("old"))


def held(database: Database) -> Rows:
    with database.read() as session:
        return {
            table.name: [
                dict(row._mapping)
                for row in session.connection().execute(table.select().order_by(*table.primary_key.columns))
            ]
            for table in Table.metadata.sorted_tables
        }


SCHEMA = {
    "sqlite": "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name",
    "postgresql": (
        "SELECT table_name, column_name, data_type || is_nullable || coalesce(column_default, '') "
        "FROM information_schema.columns WHERE table_schema = 'public' "
        "UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
        "UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "UNION ALL SELECT viewname, '', definition FROM pg_views WHERE schemaname = 'public' ORDER BY 1, 2, 3"
    ),
}


def schema(database: Database) -> Any:
    """Tables, columns, constraints, indexes, views: as the database itself writes them."""
    with database.read() as session:
        return session.connection().execute(text(SCHEMA[database.dialect])).all()


@pytest.mark.parametrize("revision", OLD)
def test_a_store_of_each_older_schema_is_migrated_with_all_it_holds(empty_url: str, rows: Rows, revision: str) -> None:
    make_old(empty_url, revision, rows)
    with closing(Database.open(empty_url, NOW)) as database:
        after = held(database)
        for name, before in rows.items():
            if after[name]:
                assert after[name] == before, name
        if revision < "0013":
            assert after["standing"] == after["duty"] == [], "a cache, to be worked out again with its new columns"
        filled = {name for name, some in after.items() if some}
        assert filled >= {"store", "snapshot", "event", "field_change", "document", "sighting", "quarantine", "run"}
        with database.read() as session:
            context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
            assert compare_metadata(context, Table.metadata) == []
            assert list(verify.verify(session)) == []
            versions = history.timeline(session, TRIAL)
            assert [load(SessionReader(session), it.raw_sha256) for it in versions]
        with database.write() as session:
            assert add_version(session, "next", head=3, effective="2026-05-01").version == 4
            assert list(verify.verify(session)) == []


def test_fresh_equals_migrated_to_the_last_word(database: Database, tmp_path: Path, rows: Rows) -> None:
    fresh = schema(database)
    assert len(fresh) > 40
    for revision in OLD:
        with ExitStack() as stack:
            url = f"sqlite:///{tmp_path / revision / 'store.db'}"
            if database.dialect == "postgresql":
                url = stack.enter_context(postgres.fresh_database())[1]
            make_old(url, revision, rows)
            assert schema(stack.enter_context(closing(Database.open(url, NOW)))) == fresh, revision


@pytest.mark.fault("F20")
@pytest.mark.parametrize("revision", OLD)
def test_an_sqlite_store_is_backed_up_before_it_is_migrated(
    sqlite_url: str, tmp_path: Path, rows: Rows, revision: str
) -> None:
    make_old(sqlite_url, revision, rows)
    for _ in range(2):
        Database.open(sqlite_url, NOW).close()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    kept = path.with_name(f"{path.name}.schema-{revision}")
    assert {it.name for it in path.parent.iterdir()} == {path.name, kept.name}
    url = f"sqlite:///{tmp_path / 'new' / 'store.db'}"
    restore(url, kept, Wanted(), home=tmp_path, now=NOW)
    with closing(Database.open(url)) as database, database.read() as session:
        found = contents(session)
        assert (found.trials, found.versions, found.seq) == (2, 6, 12)


@pytest.mark.fault("F20")
@pytest.mark.parametrize("revision", OLD[:1])
def test_a_migration_killed_at_any_statement_leaves_the_old_schema_or_the_new(
    empty_url: str, rows: Rows, revision: str
) -> None:
    """One process after the other begins, and dies before its first, second, third ... statement."""
    make_old(empty_url, revision, rows)
    command = [sys.executable, "-m", "tests.support.store.migrating", empty_url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = [line.split() for line in done.stdout.splitlines()]
    assert [code for code, _, _ in told] == ["-9"] * (len(told) - 1) + ["0"]
    assert len(told) > 30, "a migration is many statements"
    assert {revision_and_columns[0] for _, *revision_and_columns in told} <= {revision, REVISIONS[-1]}
    assert len({tuple(rest) for _, *rest in told}) == 2, "each schema with its own columns, and no third"
    with closing(Database.open(empty_url)) as database:
        assert held(database)["event"] == rows["event"]
        with database.read() as session:
            assert list(verify.verify(session)) == []


@pytest.mark.parametrize(
    ("path", "kind"), [("parts that were there", "shrunk"), ("dates.last_update", "older"), ("status", "")]
)
def test_a_doubt_of_an_older_store_is_known_by_its_kind(empty_url: str, rows: Rows, path: str, kind: str) -> None:
    """Until there were kinds, the path of a refusal told that it was a doubt."""
    doubted = [{**row, "path": path} for row in rows["quarantine"]]
    make_old(empty_url, "0009", {**rows, "quarantine": doubted})
    with closing(Database.open(empty_url, NOW)) as database, database.read() as session:
        [row] = runs.active_quarantines(session)
        assert (row.path, row.kind) == (path, kind)
        assert list(verify.verify(session)) == []


@pytest.mark.parametrize(
    ("source", "seen", "moved"),
    [("backfill", False, True), ("import", True, True), ("backfill", True, False), ("poll", True, False)],
)
def test_a_refused_read_of_an_older_store_is_no_poll(
    empty_url: str, rows: Rows, source: str, seen: bool, moved: bool
) -> None:
    """One column held the timestamps of refused and of understood reads."""
    mine = {**rows, "snapshot": [{**row, "source": source} for row in rows["snapshot"]]}
    mine["trial"] = [{**row, "mark": "2026-03-01T09:00:05"} for row in rows["trial"]]
    first = {"id": 1, "trial": TRIAL, "version": 1, "first_day": "2026-03-01", "last_day": "2026-03-01"}
    make_old(empty_url, "0014", {**mine, "sighting": [first] if seen else []})
    with closing(Database.open(empty_url, NOW)) as database, database.read() as session:
        heads = trials.heads(session, [TRIAL, "NCT00000002"])
        found = [(head.data_timestamp is None, head.refused_data_timestamp is None) for head in heads.values()]
        assert found == [(moved, not moved), (False, True)], "the other trial is in no quarantine"


@pytest.mark.fault("F32")
def test_a_message_of_an_older_store_goes_out_under_its_key(empty_url: str, rows: Rows) -> None:
    """Fault F32: what waits is not lost by an update, nor told under another name."""
    make_old(empty_url, "0002", rows)
    with closing(Database.open(empty_url, NOW)) as database, database.write() as session:
        [taken] = queue.claim(session, "me", NOW, NOW - NOW)
        claimed = queue.begin(session, taken, b"so", NOW, "process 2", NOW - NOW)
        assert claimed is not None and (claimed.key, claimed.attempts) == ("msg_1", 2)
