"""A store that a newer program migrates while a server runs is refused with the next step, on every way to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.engine.sqlite_driver import sqlite3
from tests.support.program.program import Program, record
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.web.served import served

ONE, TWO = "NCT00000001", "NCT00000002"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with RegistryServer([record(trial) for trial in (ONE, TWO)]) as registry:
        program = Program(tmp_path / "home", registry)
        assert program.run("watch", ONE, TWO, "--no-backfill").code == 0
        yield program


PATHS = [
    "/api/v1/trials",
    "/api/v1/changes",
    "/api/v1/cohorts",
    f"/api/v1/trials/{ONE}",
    f"/api/v1/trials/{ONE}/similar",
    "/status.json",
    "/sets.json",
    f"/trials/{ONE}.json",
    "/metrics",
    "/feeds/changes.atom",
    "/calendar.ics",
]


def test_a_store_that_a_newer_program_has_migrated_is_refused(program: Program) -> None:
    with served(program) as site:
        assert {path: site.get(path).status_code for path in PATHS} == dict.fromkeys(PATHS, 200)
        with closing(sqlite3.connect(program.home / "trialwatch.db", isolation_level=None)) as raw:
            raw.execute("UPDATE alembic_version SET version_num = '9999'")
            raw.execute("ALTER TABLE cohort RENAME COLUMN remark TO said")
            raw.execute("ALTER TABLE event RENAME COLUMN subject TO about")
        for path in PATHS:
            found = site.get(path, headers={"accept": "application/json"})
            assert (path, found.status_code) == (path, 503), found.text
            assert found.json()["kind"] == "storage_newer_schema" and "newer" in found.json()["detail"]
