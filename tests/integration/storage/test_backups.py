"""Backups: one moment of a store, made while others write, and put back into either database; or refused."""

from __future__ import annotations

import os
import random
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from storage.backup import backup
from storage.backup.restore import Restored, Wanted, restore
from storage.documents import documents
from storage.engine.database import Database
from storage.engine.sqlite_driver import sqlite3
from storage.errors import NewerSchema, StorageError, StoreRefused
from storage.integrity import anchors, verify
from storage.outbox import queue
from storage.outbox.queue import NewMessage
from storage.polling import poll_requests
from storage.polling.locks import daemon_lock, poll_lock
from storage.tables.base_table import Table as Model
from storage.tables.models import MessageRow, TrialRow
from storage.watching import watches
from tests.integration.storage.test_chain import each_after_the_last, life, unlike
from tests.integration.storage.test_integrity import OTHER, tamper
from tests.support.store import postgres
from tests.support.store.raw_sqlite import address_of
from tests.support.store.store_factories import NOW, TRIAL, add_version, small_store
from tests.support.store.store_processes import child

BOTH = ("sqlite", "postgresql")


def rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row of a store, but for what a restore is to change."""
    found = {}
    with database.read() as session:
        for table in Model.metadata.sorted_tables:
            query = select(table).order_by(*table.primary_key.columns)
            found[table.name] = [dict(row._mapping) for row in session.connection().execute(query)]
    for store in found["store"]:
        del store["store_id"]
    return found


def back_up(database: Database, path: Path, **options: Any) -> backup.Contents:
    return backup.write(database, path, **{"force": False, "unchecked": False, "now": NOW, **options})


def put(url: str, source: Path, home: Path, **wanted: Any) -> Restored:
    return restore(url, source, Wanted(**wanted), home=home, now=NOW + timedelta(days=1))


def with_all_kinds(database: Database) -> Database:
    """Something in many tables: chained documents, a dictionary, messages, watches, counters that have counted."""
    with database.write() as session:
        small_store(session)
        items = life(20)
        documents.keep(session, items, each_after_the_last(items))
        documents.keep(session, [unlike(number) for number in range(55)])
        watches.watch(session, TRIAL, "ctgov", NOW, ["liver"])
        poll_requests.request(session, [TRIAL], NOW)
    return database


@pytest.fixture
def filled(database: Database) -> Database:
    return with_all_kinds(database)


@pytest.fixture
def other_url(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Gives the address of an empty place in one of the databases."""
    with ExitStack() as stack:

        def made(kind: str) -> str:
            if kind == "sqlite":
                return f"sqlite:///{tmp_path / 'another' / 'store.db'}"
            return stack.enter_context(postgres.fresh_database())[1]

        yield made


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("kind", BOTH)
def test_a_backup_comes_back_whole_in_either_database(
    filled: Database, tmp_path: Path, other_url: Callable[[str], str], kind: str
) -> None:
    path = tmp_path / "backup.db"
    made = back_up(filled, path)
    assert (made.trials, made.versions, made.seq) == (2, 6, 12)
    url = other_url(kind)
    done = put(url, path, tmp_path)
    assert done.was == made.store != done.contents.store and done.kept is None
    with closing(Database.open(url)) as restored:
        before, after = rows(filled), rows(restored)
        assert len(before.pop("ask")) == 1 and after.pop("ask") == []
        assert after == before
        with restored.write() as session:
            assert list(verify.verify(session)) == []
            assert add_version(session, "next", head=3, effective="2026-05-01").version == 4
            poll_requests.request(session, None, NOW)  # numbers that the database gives go on where they were


def test_a_backup_is_one_file_for_its_owner_and_leaves_nothing_beside(filled: Database, tmp_path: Path) -> None:
    folder = tmp_path / "a folder, 100% ours? yes#1"
    folder.mkdir()
    path = folder / "back?up.db"
    back_up(filled, path)
    assert names(folder) == {"back?up.db"} and path.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert plain.execute("SELECT count(*) FROM snapshot").fetchone() == (6,)
    with pytest.raises(StoreRefused, match="--force"):
        back_up(filled, path)
    back_up(filled, path, force=True)
    assert names(folder) == {"back?up.db"}


def test_a_damaged_store_is_backed_up_only_on_demand(filled: Database, tmp_path: Path) -> None:
    tamper(filled, "UPDATE event SET summary = 'x' WHERE seq = 4")
    path = tmp_path / "backup.db"
    before = names(tmp_path)
    with pytest.raises(StoreRefused, match=r"event 4: .*--unchecked"):
        back_up(filled, path)
    assert names(tmp_path) == before
    back_up(filled, path, unchecked=True)
    with pytest.raises(StoreRefused, match=r"does not verify: event 4: .*another backup"):
        put(f"sqlite:///{tmp_path / 'new.db'}", path, tmp_path)
    assert not (tmp_path / "new.db").exists()


@pytest.mark.fault("F17")
@pytest.mark.parametrize("acknowledged", [1, 7, 20])
def test_a_backup_during_writes_holds_what_was_acknowledged_and_verifies(
    database: Database, tmp_path: Path, acknowledged: int
) -> None:
    with child(address_of(database), "writes_for_ever", lines=acknowledged):
        made = back_up(database, tmp_path / "backup.db")
        # The writer has been let go on: that it was not in the way is that this ends.
    assert made.versions >= acknowledged and made.seq == 2 * made.versions
    done = put(f"sqlite:///{tmp_path / 'new.db'}", tmp_path / "backup.db", tmp_path)
    assert done.contents.versions == made.versions
    with closing(Database.open(f"sqlite:///{tmp_path / 'new.db'}")) as restored, restored.read() as session:
        assert list(verify.verify(session)) == []


@pytest.mark.fault("F18")
def test_a_copy_of_the_file_in_use_is_refused_and_an_anchor_says_what_it_lacks(sqlite_url: str, tmp_path: Path) -> None:
    with closing(Database.open(sqlite_url, NOW)) as database:
        with_all_kinds(database)
        assert database.path is not None
        database.fold_log()
        with closing(sqlite3.connect(database.path)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with database.write() as session:
            add_version(session, "only in the log", head=3, effective="2026-04-01")
            anchor = anchors.take(session, NOW)
        copy = tmp_path / "copy.db"
        copy.write_bytes(database.path.read_bytes())
    new = f"sqlite:///{tmp_path / 'new.db'}"
    with pytest.raises(StoreRefused, match="not written by trialwatch backup"):
        put(new, copy, tmp_path)
    with pytest.raises(StoreRefused, match=rf"snapshot {TRIAL} version 4: .*older than the anchor"):
        put(new, copy, tmp_path, anchors=(anchor,))
    assert not (tmp_path / "new.db").exists()
    assert put(new, copy, tmp_path, as_is=True).contents.versions == 6


@pytest.mark.fault("F18")
def test_a_copy_made_with_its_log_is_whole(sqlite_url: str, tmp_path: Path) -> None:
    with closing(Database.open(sqlite_url, NOW)) as database:
        with_all_kinds(database)
        assert database.path is not None
        with database.read() as session:
            anchor = anchors.take(session, NOW)
        for end in ("", "-wal"):
            source = database.path.with_name(database.path.name + end)
            (tmp_path / f"copy.db{end}").write_bytes(source.read_bytes())
    done = put(f"sqlite:///{tmp_path / 'new.db'}", tmp_path / "copy.db", tmp_path, anchors=(anchor,))
    assert done.contents.versions == 6


def text_file(path: Path) -> None:
    path.write_text("These are notes. " * 1000)


def empty_file(path: Path) -> None:
    path.touch()


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def zip_with_a_way_out(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../escaped.db", b"x")


def tar_with_a_link(path: Path) -> None:
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("store.db")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)


def another_programs_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE store (id INTEGER)")


def with_a_trigger(path: Path) -> None:
    edited(path, "CREATE TRIGGER t AFTER UPDATE ON store BEGIN DELETE FROM event; END")


def without_a_column(path: Path) -> None:
    edited(path, "ALTER TABLE watch DROP COLUMN stopped_at")


def with_a_bomb(path: Path) -> None:
    """A document whose header promises a terabyte."""
    frame = b"\x28\xb5\x2f\xfd\xe0" + (1 << 40).to_bytes(8, "little") + b"\x01\x00\x00"
    edited(path, f"UPDATE document SET body = x'{frame.hex()}' WHERE sha256 = (SELECT min(sha256) FROM document)")


def with_a_cut_end(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def with_an_edited_version(path: Path) -> None:
    edited(path, "UPDATE snapshot SET effective = '2020-01-01' WHERE version = 2")


def edited(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(statement)
        raw.commit()


FOREIGN = (text_file, empty_file, folder, pipe, zip_with_a_way_out, tar_with_a_link, another_programs_database)
SPOILT = (with_a_trigger, without_a_column, with_a_bomb, with_a_cut_end, with_an_edited_version)


@pytest.mark.fault("C19")
@pytest.mark.parametrize("spoil", FOREIGN + SPOILT, ids=lambda it: it.__name__)
def test_what_is_no_sound_backup_is_refused_whole(
    sqlite_url: str, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    source, place = tmp_path / "source", tmp_path / "place"
    place.mkdir()
    with closing(Database.open(sqlite_url, NOW)) as database:
        with_all_kinds(database)
        if spoil in SPOILT:
            back_up(database, source)
        spoil(source)
        before, around = rows(database), names(tmp_path)
        with pytest.raises(StorageError) as caught:
            put(sqlite_url, source, tmp_path, replace=True)
        assert str(source) in str(caught.value)
        assert rows(database) == before
        with pytest.raises(StorageError):
            put(f"sqlite:///{place / 'new.db'}", source, tmp_path)
    assert names(tmp_path) == around and names(place) == set()


@pytest.mark.fault("F21")
def test_a_newer_backup_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "backup.db"
    with closing(Database.open(sqlite_url, NOW)) as database:
        back_up(with_all_kinds(database), path)
    edited(path, "UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(NewerSchema, match=r"backup\.db: its schema is 9999"):
        put(f"sqlite:///{tmp_path / 'new.db'}", path, tmp_path)
    assert path.read_bytes() == before and not (tmp_path / "new.db").exists()


def test_a_store_that_holds_something_is_replaced_only_on_demand_and_kept(filled: Database, tmp_path: Path) -> None:
    path = tmp_path / "backup.db"
    back_up(filled, path)
    at_backup = rows(filled)
    with filled.write() as session:
        add_version(session, "later", head=3, effective="2026-04-01")
    later = rows(filled)
    with pytest.raises(StoreRefused, match="--replace"):
        put(filled_url(filled), path, tmp_path)
    assert rows(filled) == later
    done = put(filled_url(filled), path, tmp_path, replace=True)
    now = rows(filled)
    assert at_backup.pop("ask") and now.pop("ask") == [] and now == at_backup
    assert done.kept is not None
    with closing(Database.open(done.kept)) as kept:
        assert rows(kept) == later


def filled_url(database: Database) -> str:
    return address_of(database)


def test_readers_see_one_moment_while_a_store_is_replaced_under_them(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "backup.db"
    with closing(Database.open(sqlite_url, NOW)) as database:
        back_up(with_all_kinds(database), path)
        with database.write() as session:
            add_version(session, "later", head=3, effective="2026-04-01")
        with database.read() as reader:
            count = text("SELECT count(*) FROM snapshot")
            assert reader.connection().execute(count).scalar() == 7
            put(sqlite_url, path, tmp_path, replace=True)
            assert reader.connection().execute(count).scalar() == 7
        with database.read() as reader:
            assert reader.connection().execute(count).scalar() == 6


@pytest.mark.parametrize("lock", [daemon_lock, poll_lock])
def test_a_store_in_use_is_not_replaced(filled: Database, tmp_path: Path, lock: Any) -> None:
    path = tmp_path / "backup.db"
    back_up(filled, path)
    before = rows(filled)
    with lock(filled, "process 4711", lambda: False), pytest.raises(StoreRefused, match="in use"):
        put(filled_url(filled), path, tmp_path, replace=True)
    assert rows(filled) == before


@pytest.mark.fault("F12")
@pytest.mark.parametrize("lost", [False, True])
def test_a_damaged_or_lost_file_makes_room_for_a_backup(sqlite_url: str, tmp_path: Path, lost: bool) -> None:
    path = tmp_path / "backup.db"
    database = Database.open(sqlite_url, NOW)
    back_up(with_all_kinds(database), path)
    database.close()
    assert database.path is not None
    with closing(Database.open(sqlite_url)) as used, poll_lock(used, "a poll", lambda: False):
        pass  # so it is known to have been in use
    if lost:
        database.path.unlink()
    else:
        database.path.write_bytes(b"Water damage. " * 1000)
        with pytest.raises(StoreRefused, match="--replace"):
            put(sqlite_url, path, tmp_path)
    log = database.path.with_name(database.path.name + "-wal")
    log.write_bytes(b"the log of what is gone")
    done = put(sqlite_url, path, tmp_path, replace=True)
    assert (done.kept is None) == lost and not log.exists()
    if done.kept is not None:
        assert done.kept.read_bytes().startswith(b"Water damage")
        assert done.kept.with_name(f"{done.kept.name}-wal").read_bytes() == b"the log of what is gone"
    with closing(Database.open(sqlite_url)) as restored, restored.read() as session:
        assert list(verify.verify(session)) == [] and backup.contents(session).versions == 6


def message(number: int, due: timedelta) -> NewMessage:
    at = NOW + due
    return NewMessage(f"msg_{number}", "team", "status.changed", TRIAL, "major", ("r",), (1,), NOW, at)


def states(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {row.key: row.state for row in session.connection().execute(select(MessageRow.key, MessageRow.state))}  # type: ignore[call-overload]


@pytest.mark.fault("F19")
def test_messages_that_may_have_been_sent_since_are_set_aside(filled: Database, tmp_path: Path) -> None:
    """Restored a day later. What was due by then may have gone out; what is due next week cannot have."""
    week = timedelta(days=7)
    with filled.write() as session:
        queue.queue(session, [message(1, timedelta(0)), message(2, week), message(3, timedelta(0))])
        [taken] = queue.claim(session, "team", NOW, week)
        claimed = queue.begin(session, taken, b"so", NOW, "somebody", week)
        assert claimed is not None and claimed.key == "msg_1"
        queue.settle(session, claimed, queue.AttemptOutcome("sent"), NOW)
        [taken] = queue.claim(session, "team", NOW, week)
        assert queue.begin(session, taken, b"so", NOW, "somebody", week) is not None
    path = tmp_path / "backup.db"
    back_up(filled, path)
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert put(url, path, tmp_path).set_aside == 1
    with closing(Database.open(url)) as restored:
        assert states(restored) == {"msg_1": "sent", "msg_2": "pending", "msg_3": "dead"}
    assert put(url, path, tmp_path, replace=True, keep_pending=True).set_aside == 0
    with closing(Database.open(url)) as restored:
        assert states(restored) == {"msg_1": "sent", "msg_2": "pending", "msg_3": "pending"}


@pytest.mark.fault("F01")
def test_a_restore_that_is_killed_has_happened_or_not(sqlite_url: str, tmp_path: Path) -> None:
    """A child puts two backups in place, one after the other, until it is killed: one of them is there, whole."""
    with closing(Database.open(sqlite_url, NOW)) as database:
        back_up(with_all_kinds(database), tmp_path / "a.backup")
        with database.write() as session:
            for number in range(30):
                add_version(session, f"b {number}", head=3 + number, effective=f"2026-05-{number + 1:02}")
        back_up(database, tmp_path / "b.backup")
    counts = set()
    for lines in (1, 2, 2, 3, 3):
        with child(sqlite_url, "restores_for_ever", lines=lines, extra=str(tmp_path)) as process:
            time.sleep(random.Random(lines + len(counts)).random() / 4)
            process.kill()
            process.wait()
        with closing(Database.open(sqlite_url)) as database, database.read() as session:
            database.check()
            assert list(verify.verify(session)) == []
            counts.add(backup.contents(session).versions)
    assert counts <= {6, 36}


def test_an_empty_store_is_backed_up_and_restored_too(database: Database, tmp_path: Path) -> None:
    made = back_up(database, tmp_path / "backup.db")
    assert (made.trials, made.versions, made.seq) == (0, 0, 0)
    put(filled_url(database), tmp_path / "backup.db", tmp_path)
    with database.read() as session:
        assert backup.contents(session).store != made.store


def test_the_store_itself_is_no_backup_of_it(sqlite_url: str, tmp_path: Path) -> None:
    with closing(Database.open(sqlite_url, NOW)) as database:
        with_all_kinds(database)
        assert database.path is not None
        (tmp_path / "link.db").symlink_to(database.path)
        with pytest.raises(StoreRefused, match="the store itself"):
            put(sqlite_url, tmp_path / "link.db", tmp_path, replace=True)
        with database.read() as session:
            assert session.get(TrialRow, OTHER) is not None
