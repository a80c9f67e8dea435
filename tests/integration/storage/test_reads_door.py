"""The read-only door: it opens what is there, changes nothing, and says why it cannot, in the words of the store."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text

from storage.engine.database import Database
from storage.engine.revisions import REVISIONS
from storage.errors import Damaged, NewerSchema, Replaced, StorageError, Unavailable
from storage.reads.door import ReadDoor
from storage.reads.query import Query
from storage.watching import watches
from tests.support.store.store_factories import NOW, TRIAL, add_event, small_store
from tests.support.store.store_processes import ROOT


class Number(NamedTuple):
    number: int


class Moment(NamedTuple):
    at: datetime | None
    active: bool
    trial: str


COUNT = Query("SELECT count(*) FROM event", Number)
WATCHES = Query("SELECT added_at, active, trial FROM watch WHERE trial IN (:trials) ORDER BY trial", Moment)
OF_INSTANT = Query("SELECT count(*) FROM watch WHERE added_at = :at", Number)
WRITES = Query("UPDATE watch SET active = FALSE", Number)
FAULTY = Query("SELECT a FROM nowhere", Number)


@pytest.fixture
def door(database: Database) -> Iterator[ReadDoor]:
    with database.write() as session:
        small_store(session)
        watches.watch(session, TRIAL, "ctgov", NOW)
    with closing(ReadDoor.open(database.where)) as opened:
        yield opened


def count(door: ReadDoor) -> int:
    with door.read() as reader:
        return reader.one(COUNT).number


def set_revision(database: Database, revision: str) -> None:
    with database.write() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})


def test_values_have_the_types_of_their_columns(door: ReadDoor, database: Database) -> None:
    assert (door.url, door.dialect, door.path) == (database.url, database.dialect, database.path)
    with door.read() as reader:
        [row] = reader.rows(WATCHES, trials=[TRIAL, "NCT00000002"])
        assert row == Moment(NOW, True, TRIAL)
        assert row.active is True and row.at is not None and row.at.tzinfo is UTC
        assert reader.rows(WATCHES, trials=[]) == []
        assert reader.first(WATCHES, trials=["none"]) is None
        assert reader.one(OF_INSTANT, at=NOW) == Number(1)


def test_a_read_sees_one_state_of_the_store(door: ReadDoor, database: Database) -> None:
    with door.read() as reader:
        before = reader.one(COUNT)
        with database.write() as session:
            add_event(session, head=3)
        assert reader.one(COUNT) == before
    assert count(door) == before.number + 1


def test_nothing_can_be_written(door: ReadDoor) -> None:
    with pytest.raises(Unavailable, match="may not be written"), door.read() as reader:
        reader.rows(WRITES)
    with door.read() as reader:
        assert reader.rows(WATCHES, trials=[TRIAL])[0].active is True


def test_a_door_goes_on_after_an_error(door: ReadDoor) -> None:
    for _ in range(10):
        with pytest.raises(StorageError, match="nowhere"), door.read() as reader:
            reader.rows(FAULTY)
        with pytest.raises(ZeroDivisionError), door.read() as reader:
            assert reader.one(COUNT).number / 0
    assert count(door) == 12


def test_more_threads_than_connections_take_turns(database: Database) -> None:
    with database.write() as session:
        small_store(session)
    found: list[int] = []
    with closing(ReadDoor.open(database.where, connections=2)) as door:
        threads = [threading.Thread(target=lambda: found.append(count(door))) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert found == [12] * 12


def test_when_all_connections_are_in_use_it_says_so(
    door: ReadDoor, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.reads.door.PATIENCE_SECONDS", 0.01)
    with closing(ReadDoor.open(database.where, connections=1)) as narrow, narrow.read():
        with pytest.raises(Unavailable, match="no connection became free"), narrow.read():
            pass


def test_a_closed_door_lets_the_last_reader_finish(door: ReadDoor) -> None:
    with door.read() as reader:
        door.close()
        assert reader.one(COUNT).number == 12
    assert door._idle == []


@pytest.mark.parametrize(
    ("revision", "kind", "words"),
    [("9999", NewerSchema, "newer than this program's"), (REVISIONS[-2], Unavailable, "older than this program's")],
)
def test_another_schema_is_refused(database: Database, revision: str, kind: type[StorageError], words: str) -> None:
    with closing(ReadDoor.open(database.where)) as door:
        set_revision(database, revision)
        with pytest.raises(kind, match=words), door.read():
            pass
        with pytest.raises(kind, match=words):
            ReadDoor.open(database.where)
        set_revision(database, REVISIONS[-1])
        assert count(door) == 0
    set_revision(database, REVISIONS[-1])
    with closing(Database.open_for_reading(database.where)) as sessions:
        set_revision(database, revision)
        with pytest.raises(kind, match=words), sessions.read():
            pass
        with pytest.raises(kind, match=words):
            Database.open_for_reading(database.where)
        set_revision(database, REVISIONS[-1])
        with sessions.read() as session:
            assert session.connection().execute(text("SELECT count(*) FROM event")).scalar() == 0


def test_a_server_that_broke_a_connection_off_is_asked_again(_postgres_database: Database) -> None:
    with closing(ReadDoor.open(_postgres_database.where)) as door:
        assert count(door) == 0
        with _postgres_database.apart() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        assert count(door) == 0


def test_a_place_without_a_store_is_left_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be opened"):
        ReadDoor.open(tmp_path / "none.db")
    blank, text_file = tmp_path / "blank.db", tmp_path / "text.db"
    blank.touch()
    text_file.write_text("a text, and no database of any kind; long enough to be taken for its first page" * 9)
    with pytest.raises(Unavailable, match="holds no store"):
        ReadDoor.open(blank)
    with pytest.raises(Damaged):
        ReadDoor.open(text_file)
    assert sorted(it.name for it in tmp_path.iterdir()) == ["blank.db", "text.db"]
    assert blank.stat().st_size == 0


@pytest.mark.parametrize("address", ["mysql://u:secret@h/d", "sqlite:///", "postgresql+psycopg://u:secret@h:port/d"])
def test_a_bad_address_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(Unavailable) as refused:
        ReadDoor.open(address)
    with pytest.raises(Unavailable) as of_database:
        Database.open(address)
    assert str(refused.value) == str(of_database.value)
    assert "cret" not in str(refused.value)


@pytest.mark.parametrize("way", ["removed", "replaced"])
def test_a_file_that_is_gone_or_another_is_noticed(tmp_path: Path, _sqlite_template: Path, way: str) -> None:
    path = tmp_path / "store.db"
    shutil.copy(_sqlite_template, path)
    with closing(ReadDoor.open(path)) as door:
        assert count(door) == 0
        if way == "replaced":
            shutil.copy(_sqlite_template, tmp_path / "other.db")
            (tmp_path / "other.db").replace(path)
        else:
            path.unlink()
        with pytest.raises(Replaced, match="while this process had it open"), door.read():
            pass


def test_a_file_is_read_without_sqlalchemy(tmp_path: Path, _sqlite_template: Path) -> None:
    path = tmp_path / "odd ?#%20 name.db"
    shutil.copy(_sqlite_template, path)
    script = (
        "import sys; from pathlib import Path; from storage.reads import door\n"
        "from storage.reads.changes import change_fields, stored_changes\n"
        "from storage.reads.trials import known, planned_checks, standings, stored_duties, stored_trials\n"
        "from storage.reads.trials import tags, trial_filter, versions\n"
        "from storage.reads.health import daemons, messages, polls, sets, undelivered\n"
        "with door.ReadDoor.open(Path(sys.argv[1])).read() as reader:\n"
        "    print(reader.one(stored_changes.LAST_SEQ).number)\n"
        "print(*sorted(it for it in sys.modules if it in ('sqlalchemy', 'sqlmodel', 'alembic', 'psycopg')))"
    )
    run = subprocess.run([sys.executable, "-c", script, os.fspath(path)], cwd=ROOT, capture_output=True, text=True)
    assert (run.stdout.split(), run.stderr) == (["0"], "")
