"""Rows of the right types that no store of ours has: a restore refuses them, or the store works afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.engine.sqlite_driver import sqlite3
from storage.errors import StorageError
from storage.reads.in_session import SessionReader
from storage.tables.models import CohortRow
from storage.watching import cohorts
from tests.integration.poll.conftest import harness, make_world
from tests.integration.storage.test_backups import back_up, put
from tests.support.harness import IDS, ONE, TWO, Harness, another_process, record
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.store.store_factories import NOW
from tracker.polling.poll import poll
from tracker.services.diagnostics.health import health
from tracker.services.similar.cohorts import list_cohorts

__all__ = ["harness", "make_world"]


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    with RegistryServer([record(trial) for trial in IDS]) as server:
        yield server


ODD = {
    "a counter at its end": "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'run'",
    "a run at the end": "UPDATE run SET id = 9223372036854775807 WHERE id = (SELECT max(id) FROM run)",
    "a registry that is none": "UPDATE watch SET registry_name = 'nowhere' WHERE trial = 'NCT00000001'",
    "a set whose query is no list": "UPDATE cohort SET query = '{'",
    "a set whose registry is none": "UPDATE cohort SET registry_name = 'nowhere'",
    "what a run said": "UPDATE run SET detail = '{'",
    "a time with a zone": "UPDATE trial SET next_look_at = '2026-08-14T15:00:00+02:00'",
    "a day only": "UPDATE trial SET last_checked_at = '2026-08-14'",
    "the last day of all": "UPDATE trial SET next_look_at = '9999-12-31 23:59:59.999999'",
}


@pytest.mark.parametrize("statement", ODD.values(), ids=ODD)
def test_what_was_restored_works_or_is_refused(harness: Harness, tmp_path: Path, statement: str) -> None:
    harness.settled(ONE, TWO)
    with harness.context.database.write() as session:
        row = CohortRow(
            name="query:1", registry_name="ctgov", kind="query", size=5, query="[]", tags="[]", created_at=NOW
        )
        cohorts.define(session, row)
    path = tmp_path / "backup.db"
    back_up(harness.context.database, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        assert raw.execute(statement).rowcount >= 1
    try:
        put(harness.settings.database_url, path, tmp_path, replace=True)
    except StorageError:
        return
    harness.day()
    with another_process(harness) as other:
        with other.context.database.read() as session:
            list_cohorts(session)
            health(SessionReader(session), other.context.database.path, other.clock.now())
        report = poll(other.context, None)
        assert report.outcome in ("complete", "unchanged", "partial"), report
        assert ONE in str(other.watched())
