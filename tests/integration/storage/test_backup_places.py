"""A backup never takes the place of the store that it is made of, or of one that is open."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from storage.backup import backup
from storage.engine.database import Database
from storage.errors import StoreRefused
from storage.integrity import verify
from storage.watching import watches
from tests.integration.storage.test_backups import back_up, with_all_kinds
from tests.support.program.program import Program
from tests.support.store.store_factories import NOW, add_version, small_store


@pytest.mark.parametrize("way", ["same", "link"])
def test_a_backup_onto_the_store_itself_is_refused(sqlite_url: str, tmp_path: Path, way: str) -> None:
    with closing(Database.open(sqlite_url, NOW)) as database:
        with_all_kinds(database)
        assert database.path is not None
        target = database.path
        if way == "link":
            target = tmp_path / "link.db"
            target.symlink_to(database.path)
        with pytest.raises(StoreRefused):
            back_up(database, target, force=True)
        with database.write() as session:
            watches.watch(session, "NCT00000077", "ctgov", NOW)
    with closing(Database.open(sqlite_url)) as again, again.read() as session:
        assert "NCT00000077" in watches.watched(session)


def test_a_backup_is_refused_the_place_of_one_that_is_looked_into(sqlite_url: str, tmp_path: Path) -> None:
    """Somebody serves the last backup, to look into it: it has a log of its own then."""
    path = tmp_path / "latest.db"
    with closing(Database.open(sqlite_url, NOW)) as database:
        with database.write() as session:
            small_store(session)
        back_up(database, path)
        with closing(Database.open(path)) as looked_into:
            with looked_into.write() as session:  # as the keeper of `serve` does
                for number in range(300):
                    watches.watch(session, f"NCT{number:08d}", "ctgov", NOW)
            one_more(database)
            with pytest.raises(StoreRefused, match="a program has it open"):
                back_up(database, path, force=True)
        made = back_up(database, path, force=True)
        with closing(Database.open(path)) as again, again.read() as session:
            assert [f"{it.table} {it.row}: {it.reason}" for it in verify.verify(session)] == []
            assert backup.contents(session) == made


def one_more(database: Database) -> None:
    with database.write() as session:
        add_version(session, "next", head=3, effective="2026-05-01")
        watches.watch(session, "NCT00000077", "ctgov", NOW)


def test_the_command_does_not_put_a_backup_in_the_place_of_its_store(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    program.run("list")
    store = program.home / "trialwatch.db"
    before = store.stat().st_ino
    program.run("backup", store, "--force", expect=None)
    assert store.stat().st_ino == before
