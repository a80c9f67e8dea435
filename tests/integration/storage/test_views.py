"""The views that any SQL tool can read, beside a writer, with the columns the documents promise."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import text

from storage.engine.database import Database
from storage.engine.sqlite_driver import connect_read_only, sqlite3
from storage.versions import history
from storage.versions.history import ChangeFilter
from storage.watching import watches
from tests.support.paths import ROOT
from tests.support.store.store_factories import NOW, TRIAL, add_event, small_store

PAGE = (ROOT / "docs/reference/tables.md").read_text(encoding="utf-8")


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as session:
        small_store(session)
        add_event(session, "", kind="ops.stale", fields=())
        watches.watch(session, TRIAL, "ctgov", NOW)
    return database


def rows(database: Database, query: str) -> list[Any]:
    with database.read() as session:
        return list(session.connection().execute(text(query)).mappings())


@pytest.mark.parametrize("view", ["v_changes", "v_versions", "v_trials"])
def test_the_columns_are_those_that_are_documented(filled: Database, view: str) -> None:
    section = PAGE.partition(f"\n### {view}\n")[2].partition("\n##")[0].rpartition(": ")[2]
    assert list(rows(filled, f"SELECT * FROM {view}")[0]) == re.findall(r"`([a-z_0-9]+)`", section)


def test_they_say_what_the_program_says(filled: Database) -> None:
    told = rows(filled, "SELECT * FROM v_changes ORDER BY seq, position")
    with filled.read() as session:
        changes = history.changes(session, ChangeFilter())
        timeline = history.timeline(session, TRIAL)
        assert [(row["seq"], row["field"], row["after"]) for row in told] == [
            (event.seq, field.field if field else None, field.after if field else None)
            for event, fields in changes
            for field in fields or [None]
        ]
    versions = rows(filled, f"SELECT * FROM v_versions WHERE trial = '{TRIAL}' ORDER BY effective")
    assert [(row["version"], row["status"], bool(row["current"])) for row in versions] == [
        (row.version, row.status, row.version == 3) for row in timeline
    ]
    assert [(row["first_seen"], row["last_seen"]) for row in versions] == [
        (it.effective, it.effective) for it in timeline
    ]
    trials = rows(filled, "SELECT * FROM v_trials ORDER BY trial")
    assert [(row["trial"], row["versions"], bool(row["watched"])) for row in trials] == [
        (TRIAL, 3, True),
        ("NCT00000002", 3, False),
    ]


def test_another_program_reads_them_while_we_write(sqlite_url: str) -> None:
    count = "SELECT count(*) FROM v_changes"
    with closing(Database.open(sqlite_url, NOW)) as database:
        assert database.path
        with closing(connect_read_only(database.path, immutable=False)) as other:
            with database.write() as session:
                small_store(session)
                assert other.execute(count).fetchone() == (0,)
            assert other.execute(count).fetchone() == (12,)
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                other.execute("DELETE FROM event")
