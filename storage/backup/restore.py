"""Restore a backup. The file is not trusted: everything is checked on a copy before the store is touched.

The restored store gets a new store id, because it may lack events that consumers have already seen. Messages that were
pending in the backup may have been sent since. Those that are due by now are set aside for a person to decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, inspect, select, update
from sqlmodel import Session

from storage.backup.backup import Contents, contents, opened, refuse_faults, write
from storage.backup.copy_rows import copy_rows, empty
from storage.backup.untrusted_rows import take_rows
from storage.engine.bulk import table_of
from storage.engine.database import REVISIONS, Database, file_of
from storage.engine.redaction import safe_address
from storage.engine.sqlite_backup import copy_in, is_backup, is_sqlite, mapped, read_only, settle
from storage.engine.sqlite_driver import connect, sqlite3
from storage.engine.unchecked_rows import Progress, silent
from storage.errors import Damaged, NewerSchema, PollLocked, StoreRefused
from storage.files.atomic_files import sync
from storage.files.file_locks import file_daemon_lock
from storage.files.private_files import make_folder
from storage.files.temporary_files import working_folder
from storage.integrity.anchors import Anchor, anchor_faults
from storage.integrity.schema_check import OBJECTS, make_empty, own_objects, strange
from storage.integrity.verify import verify
from storage.outbox import queue
from storage.polling.locks import daemon_lock, poll_lock
from storage.tables.base_table import Table as Model
from storage.tables.models import PollRequestRow, StoreRow, TrialRow

__all__ = ["Restored", "Wanted", "restore"]

_ASIDE = "It was pending when the backup was taken, and may have been sent since"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to restore a backup.

    `replace`: replace a store that has trials. `as_is`: accept a file that `backup` did not write. `keep_pending`:
    nothing was sent since the backup, so send all pending messages. `anchors`: what the backup must contain. `holder`:
    the name of this process for others that wait for it.
    """

    replace: bool = False
    as_is: bool = False
    keep_pending: bool = False
    anchors: tuple[Anchor, ...] = ()
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Restored:
    """The result. `was`: the store id in the backup. `set_aside`: how many messages. `kept`: where the old store is."""

    contents: Contents
    was: str
    set_aside: int
    kept: Path | None


def restore(
    where: Path | str, source: Path, wanted: Wanted, *, home: Path, now: datetime, tell: Progress = silent
) -> Restored:
    """Replace the store at `where` with the backup `source`, after all checks (see the module).

    `home`: the folder for a copy of the old store if that is not a file. Raise StoreRefused, NewerSchema, PollLocked (a
    daemon or a poll is running), Locked, Full or Unavailable. In all these cases the store is unchanged.
    """
    place = _Place(where, home)
    with working_folder(place.folder, ".restore-") as folder:
        work = folder / "store.db"
        with mapped(source):
            _take(source, work, wanted, place.path)
        with _ours(source), opened(work, now) as copy:
            with copy.read() as session:
                _judge(session, source, wanted.anchors, tell)
            with copy.write() as session:
                was, aside = _renew(session, now, keep_pending=wanted.keep_pending)
                found = contents(session)
        with mapped(source):
            settle(work, backup=False)
        kept = place.put(work, wanted, now, tell)
    return Restored(found, was, aside, kept)


def _take(source: Path, work: Path, wanted: Wanted, target: Path | None) -> None:
    """Copy the rows of `source` into the new store `work`. Raise StoreRefused, NewerSchema or sqlite3.Error."""
    if not source.is_file():
        raise StoreRefused(str(source), "it is not a file; name a file that trialwatch backup has written")
    if target is not None and target.exists() and target.samefile(source):
        raise StoreRefused(str(source), "it is the store itself")
    with read_only(source) as raw:
        objects = raw.execute(OBJECTS).fetchall()
        if not {"alembic_version", "store"} <= {name for _, name, _, _ in objects}:
            raise StoreRefused(
                str(source), "it holds no Trialwatch store; name a file that trialwatch backup has written"
            )
        revision = _refuse_strange(raw, source, objects)
        if not (is_backup(raw) or wanted.as_is or wanted.anchors):
            raise StoreRefused(
                str(source),
                "it was not written by trialwatch backup: a copy made while a store is in use may lack its latest "
                "changes; check it with an anchor (--anchor), or take it as it is (--as-is)",
            )
        make_empty(work, revision)  # the file's own schema is never used: see decision 0025
        with closing(connect(work)) as copy:
            take_rows(raw, copy, str(source))


def _refuse_strange(raw: sqlite3.Connection, source: Path, objects: Sequence[tuple[object, ...]]) -> str:
    """Return the schema revision of the file. Raise if it is not our schema, or a newer one."""
    # Check this before reading anything: the name may lead to a view, even if the entry says that it is a table.
    if not {it for it in own_objects(REVISIONS[-1]) if it[1] == "alembic_version"} <= set(objects):
        raise StoreRefused(str(source), "its alembic_version is not as this program makes it; use another backup")
    [revision] = raw.execute("SELECT version_num FROM alembic_version NOT INDEXED").fetchone() or ("none",)
    if revision not in REVISIONS:
        raise NewerSchema(
            str(source), f"its schema is {revision}, newer than this program's {REVISIONS[-1]}; update trialwatch"
        )
    for name, what in strange(objects, revision):
        raise StoreRefused(str(source), f"{name!r}: {what}, and it might run code of its own; use another backup")
    return str(revision)


@contextmanager
def _ours(source: Path) -> Iterator[None]:
    """Report damage of the working copy as damage of `source`."""
    try:
        yield
    except Damaged as error:
        raise StoreRefused(str(source), f"it is damaged ({error.reason}); use another backup") from error


def _judge(session: Session, source: Path, anchors: Sequence[Anchor], tell: Progress) -> None:
    found = inspect(session.connection())
    for table in Model.metadata.sorted_tables:
        columns = {column["name"] for column in found.get_columns(table.name)} if found.has_table(table.name) else set()
        if missing := {column.name for column in table.columns} - columns:
            raise StoreRefused(
                str(source), f"its table {table.name} lacks {', '.join(sorted(missing))}; use another backup"
            )
    refuse_faults(str(source), verify(session, tell), "use another backup")
    for anchor in anchors:
        refuse_faults(str(source), anchor_faults(session, anchor), "it is older than the anchor, or another store's")


def _renew(session: Session, now: datetime, *, keep_pending: bool) -> tuple[str, int]:
    """Give the store a new id and drop pending work. Return the old id and the number of messages set aside."""
    was: str = session.connection().execute(select(table_of(StoreRow).c.store_id)).scalar_one()
    # The restored store may give a new event a seq that consumers have seen already. The new id tells them.
    session.connection().execute(update(table_of(StoreRow)).values(store_id=str(uuid4())))
    # The people who made these requests no longer wait for them.
    session.connection().execute(delete(table_of(PollRequestRow)))
    return was, 0 if keep_pending else queue.set_aside(session, _ASIDE, now)


class _Place:
    """The place for the restored store: a file, or a PostgreSQL database."""

    def __init__(self, where: Path | str, home: Path) -> None:
        self._where = where
        path = file_of(where)
        self.path = None if path is None else path.resolve()
        self.folder = home if self.path is None else self.path.parent
        make_folder(self.folder)

    def put(self, work: Path, wanted: Wanted, now: datetime, tell: Progress) -> Path | None:
        """Move the working copy here. Return where the old store is kept, or None if it held nothing."""
        found = self._found()
        if found is None:
            return self._put_new(work, wanted, now)
        # From the copy of the old store to the end of the restore, no other process may poll or deliver.
        with closing(found), _alone(found, wanted.holder):
            kept = self._keep(found, wanted, now, tell)
            with mapped(found.url):
                self._put_in(work, found, tell)
        return kept

    def _found(self) -> Database | None:
        """Return the store at this place, or None if there is none or it is damaged."""
        if self.path is not None and not is_sqlite(self.path):
            return None  # opening it would delete the log next to it
        try:
            found = Database.open(self._where)
        except Damaged:
            return None
        try:
            found.check()
        except Damaged:
            found.close()
            return None
        return found

    def _keep(self, found: Database, wanted: Wanted, now: datetime, tell: Progress) -> Path | None:
        with found.read() as session:
            if session.connection().execute(select(table_of(TrialRow).c.trial).limit(1)).first() is None:
                return None
        self._refuse_unless(wanted.replace, found.url)
        kept = self._aside("before-restore", now)
        write(found, kept, force=False, unchecked=True, now=now, tell=tell)
        return kept

    def _put_in(self, work: Path, found: Database, tell: Progress) -> None:
        if found.path is not None:
            with closing(found.engine.raw_connection()) as connection:
                store: Any = connection.dbapi_connection
                copy_in(work, store)
            return
        with opened(work) as copy, copy.read() as source, found.write() as target:
            empty(target)
            copy_rows(source, target, tell)

    def _put_new(self, work: Path, wanted: Wanted, now: datetime) -> Path | None:
        """Rename a file that cannot be opened, with its logs, and move the working copy to its place."""
        if self.path is None:
            raise StoreRefused(
                safe_address(str(self._where)), "it is damaged; make an empty database and restore into that"
            )
        there = self.path.exists() and self.path.stat().st_size > 0
        if there:
            self._refuse_unless(wanted.replace, str(self.path))
        aside = self._aside("damaged", now)
        # No store can be opened here, so only the lock on the file itself can keep a daemon away.
        with file_daemon_lock(self.path, _never) if there else nullcontext():
            # The log goes first. If this is interrupted, SQLite must never find the new file next to an old log.
            for end in ("-wal", "-shm", "-journal", ""):
                part = self.path.with_name(self.path.name + end)
                if part.exists():
                    part.rename(aside.with_name(aside.name + end)) if there else part.unlink()
            sync(work)
            work.rename(self.path)
            sync(self.path.parent)
        return aside if there else None

    def _refuse_unless(self, replace: bool, subject: str) -> None:
        if not replace:
            raise StoreRefused(
                subject, "there is a store already; to put the backup in its place: --replace (it is kept)"
            )

    def _aside(self, why: str, now: datetime) -> Path:
        name = self.path.name if self.path else "trialwatch.db"
        stem = f"{name}.{why}-{now:%Y%m%dT%H%M%SZ}"
        free = (self.folder / (f"{stem}-{number}" if number else stem) for number in count())
        return next(path for path in free if not path.exists())


@contextmanager
def _alone(found: Database, holder: str) -> Iterator[None]:
    """Hold the locks of the daemon and of the poll while the store is replaced."""
    try:
        with daemon_lock(found, holder, _never), poll_lock(found, holder, _never):
            yield
    except PollLocked as held:
        raise StoreRefused(
            found.url, f"it is in use ({held.holder or 'a daemon or a poll'}); stop that first"
        ) from held


def _never() -> bool:
    return False
