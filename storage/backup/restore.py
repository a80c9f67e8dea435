"""A backup back into service. It is not trusted: everything is checked on a copy, and the store is touched last.

What is put in place goes by a new store id, since it knows less than consumers have been told. Messages that waited
when the backup was taken may have been sent since: those that were due by now are set aside, for a person to decide.
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
from storage.engine.atomic_files import sync
from storage.engine.bulk import table_of
from storage.engine.database import REVISIONS, Database, file_of
from storage.engine.private_files import make_folder
from storage.engine.redaction import safe_address
from storage.engine.sqlite_backup import copy_in, is_backup, is_sqlite, mapped, read_only, settle
from storage.engine.sqlite_driver import connect, sqlite3
from storage.engine.temporary_files import working_folder
from storage.engine.unchecked_rows import Progress, silent
from storage.errors import Damaged, NewerSchema, PollLocked, StoreRefused
from storage.integrity.anchors import Anchor, anchor_faults
from storage.integrity.schema_check import OBJECTS, make_empty, own_objects, strange
from storage.integrity.verify import verify
from storage.outbox import queue
from storage.polling.locks import daemon_lock, file_daemon_lock, poll_lock
from storage.tables.base_table import Table as Model
from storage.tables.models import PollRequestRow, StoreRow, TrialRow

__all__ = ["Restored", "Wanted", "restore"]

_ASIDE = "It waited when the backup was taken, and may have been sent since"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a backup is to be restored.

    `replace`: over a store that holds something. `as_is`: take a file that `backup` did not write. `keep_pending`:
    nothing was sent since, so all that waited is to be sent. `anchors`: what must be in it. `holder`: who we are.
    """

    replace: bool = False
    as_is: bool = False
    keep_pending: bool = False
    anchors: tuple[Anchor, ...] = ()
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Restored:
    """What is in place now; `was`: the id the backup went by; `set_aside`: so many messages; `kept`: the old store."""

    contents: Contents
    was: str
    set_aside: int
    kept: Path | None


def restore(
    where: Path | str, source: Path, wanted: Wanted, *, home: Path, now: datetime, tell: Progress = silent
) -> Restored:
    """Put the backup `source` in the place of the store at `where`, with all that is checked first (see the module).

    `home`: where the store that was there is kept when that is no file. Raises Refused, NewerSchema, Held (a daemon
    or a poll runs), Locked, Full, Unavailable; then nothing has changed.
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
            with copy.read() as session:
                found = contents(session)
        with mapped(source):
            settle(work, backup=False)
        kept = place.put(work, wanted, now, tell)
    return Restored(found, was, aside, kept)


def _take(source: Path, work: Path, wanted: Wanted, target: Path | None) -> None:
    """Copy the file, whatever it is, to where it is looked into. Raises Refused, NewerSchema, sqlite3.Error."""
    if not source.is_file():
        raise StoreRefused(str(source), "it is no file; name a file that trialwatch backup has written")
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
    """What no store of ours is, or is not yet. Returns the file's schema."""
    # Before anything is read: what a name leads to may be a view, whatever kind it says it is of.
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
    """Damage of the working copy is told of the file it was copied from."""
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
    """Give the store a new id, and put away what was under way when it was copied. Returns the old id, and how much."""
    was: str = session.connection().execute(select(table_of(StoreRow).c.store_id)).scalar_one()
    session.connection().execute(update(table_of(StoreRow)).values(store_id=str(uuid4())))
    session.connection().execute(delete(table_of(PollRequestRow)))
    return was, 0 if keep_pending else queue.set_aside(session, _ASIDE, now)


class _Place:
    """Where a store is to be: a file, or a database of PostgreSQL."""

    def __init__(self, where: Path | str, home: Path) -> None:
        self._where = where
        path = file_of(where)
        self.path = None if path is None else path.resolve()
        self.folder = home if self.path is None else self.path.parent
        make_folder(self.folder)

    def put(self, work: Path, wanted: Wanted, now: datetime, tell: Progress) -> Path | None:
        """Put the working copy here. Returns where the store that was here is kept; None when it held nothing."""
        found = self._found()
        if found is None:
            return self._put_anew(work, wanted, now)
        with closing(found), _alone(found, wanted.holder):
            kept = self._keep(found, wanted, now, tell)
            with mapped(found.url):
                self._put_in(work, found, tell)
        return kept

    def _found(self) -> Database | None:
        """The store that is here; None for a file that is not there, or no store any more."""
        if self.path is not None and not is_sqlite(self.path):
            return None  # opening it would lose the log beside it
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

    def _put_anew(self, work: Path, wanted: Wanted, now: datetime) -> Path | None:
        """Put aside what cannot be opened, logs and all, and the copy where it was."""
        if self.path is None:
            raise StoreRefused(
                safe_address(str(self._where)), "it is damaged; make an empty database and restore into that"
            )
        there = self.path.exists() and self.path.stat().st_size > 0
        if there:
            self._refuse_unless(wanted.replace, str(self.path))
        aside = self._aside("damaged", now)
        with file_daemon_lock(self.path, _never) if there else nullcontext():
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
    """Nobody polls this store, and nobody will, while it is replaced."""
    try:
        with daemon_lock(found, holder, _never), poll_lock(found, holder, _never):
            yield
    except PollLocked as held:
        raise StoreRefused(
            found.url, f"it is in use ({held.holder or 'a daemon or a poll'}); stop that first"
        ) from held


def _never() -> bool:
    return False
