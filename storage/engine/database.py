"""URL -> engine, sessions, the writer's lock, and the one place where foreign errors become ours.

SQLite: one writer at a time over all processes (BEGIN IMMEDIATE), and in this process over all threads (a lock, so
that threads queue fairly instead of polling the file). PostgreSQL: row locks, and reads that see one moment.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlmodel import Session

from storage.engine.atomic_files import placed
from storage.engine.database_errors import translated
from storage.engine.engines import file_engine, server_engine, still_engine
from storage.engine.private_files import make_file, make_folder
from storage.engine.read_only import is_still
from storage.engine.redaction import redacted, safe_address, secrets_of
from storage.engine.sqlite_backup import copy_out, mapped, settle
from storage.engine.sqlite_driver import SQLITE_PRIMARY, sqlite3
from storage.engine.url import SQLITE, parse
from storage.errors import Damaged, Locked, NewerSchema, Replaced, StoreRefused, Unavailable

__all__ = ["REVISIONS", "Database", "file_of"]

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
"""Every schema this program can read, oldest first; the last is the one it writes. A test holds it to `migrations`."""

PATIENCE_SECONDS = 10.0
"""How long a writer waits for another, in this process and for other processes."""

POLL_LOCK = ".poll.lock"
"""What is added to the name of an SQLite file for that of the poll's lock, made by the first poll."""

_LARGE_WAL_BYTES = 4 * 1024 * 1024
_DURABLE = "trialwatch_durable"


class Database:
    """An open store. Made by `open`; threads may share it. `url` is its address as it may be shown."""

    def __init__(self, place: Path | URL, engine: Engine) -> None:
        self.url = _shown(place)
        self.path = place if isinstance(place, Path) else None
        self.dialect = "postgresql" if self.path is None else "sqlite"
        self.engine = engine
        self._secrets = frozenset() if isinstance(place, Path) else secrets_of(place.password, place.query)
        self.patience = PATIENCE_SECONDS
        self._lock = threading.Lock()
        self._file: tuple[int, int] | None = None
        # A read is several statements: on PostgreSQL they see one moment only when told to (SQLite's always do).
        self._reader = engine if self.path else engine.execution_options(isolation_level="REPEATABLE READ")

    @classmethod
    def open(cls, where: Path | str, now: datetime | None = None) -> Database:
        """Open the store in a file, or at an address as `address.parse` reads it, making or migrating it if need be.

        `now` dates a store that is made by this call. Raises Unavailable, NewerSchema, Locked, Full.
        """
        place = _placed(where)
        try:
            database = cls(place, _engine(place))
        except (ModuleNotFoundError, ArgumentError) as error:
            raise Unavailable(_shown(place), f"no driver for this address ({redacted(str(error))})") from error
        try:
            database._bring_up_to_date(now)
            database._file = _identity(database.path)
        except BaseException:
            database.close()
            raise
        return database

    @property
    def where(self) -> Path | str:
        """What `open` takes to open this store once more. It holds the password: never show it."""
        return self.path or self.engine.url.render_as_string(hide_password=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one moment and writes nothing: what it changed is dropped.

        Raises Replaced, as `write` does, when the file that was opened is no longer at its place.
        """
        with self._mapped(), Session(self._reader) as session:
            self._begin(session, "BEGIN")
            yield session

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back when it raises. Does not nest.

        One that is not `durable` is whole and kept whatever ends this process, but a power cut may undo it, up to the
        next durable one: it waits for no disk.
        """
        if not self._lock.acquire(timeout=self.patience):
            raise Locked(self.url, f"another thread has been writing for {self.patience} s")
        try:
            with self._mapped(), Session(self.engine, expire_on_commit=False) as session, session.begin():
                self._begin(session, "BEGIN IMMEDIATE", durable=durable)
                yield session
        finally:
            self._lock.release()

    @contextmanager
    def apart(self) -> Iterator[Connection]:
        """A connection of one's own, outside any transaction; it ends with the block, and what it holds with it."""
        with self._mapped(), self.engine.connect() as connection:
            try:
                yield connection.execution_options(isolation_level="AUTOCOMMIT")
            finally:
                connection.invalidate()

    def close(self) -> None:
        """Give the connections back. A large write-ahead log is folded into the database first."""
        self.fold_log()
        self.engine.dispose()

    @property
    def log_bytes(self) -> int:
        """The size of SQLite's write-ahead log; 0 where there is none."""
        return _size(self.path.with_name(self.path.name + "-wal")) if self.path else 0

    def fold_log(self) -> None:
        """Fold a large write-ahead log into the database and empty it."""
        if self.log_bytes <= _LARGE_WAL_BYTES:
            return
        # Below SQLAlchemy, which would begin a transaction. Whoever is reading now may fold it later.
        with suppress(sqlite3.Error), closing(self.engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def check(self) -> None:
        """Whether the pages of an SQLite file fit together, all of them: about a second for 400 MB. Raises Damaged.

        Says nothing of what is written on them: see `integrity`.
        """
        if self.path is None:
            return
        try:
            with closing(self.engine.raw_connection()) as connection:
                [(found,)] = connection.cursor().execute("PRAGMA quick_check(1)").fetchall()
        except sqlite3.DatabaseError as error:
            found = str(error)
        if found != "ok":
            raise Damaged("database", str(self.path), found.splitlines()[-1])

    def _begin(self, session: Session, begin: str, *, durable: bool = True) -> None:
        # Said here, not by a listener of the engine: one listener makes every statement of the program slower.
        connection = session.connection()
        if self.path is None:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS:.0f}s'")
            if not durable:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            return
        self._refuse_replaced()
        if connection.info.get(_DURABLE, True) != durable:
            connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            connection.info[_DURABLE] = durable
        connection.exec_driver_sql(begin)

    def _refuse_replaced(self) -> None:
        """SQLite goes on reading and writing the file it opened, which nobody else can see any more."""
        try:
            found = _identity(self.path)
        except OSError:
            return  # SQLite says what is wrong with the place
        if self._file is None or found == self._file:
            return
        what = "it was removed" if found is None else "another file was put in its place"
        raise Replaced(self.url, f"{what} while this process had it open, and nothing more is written to the old one")

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise translated(error, self.url, self._secrets, self.path) from error

    def _bring_up_to_date(self, now: datetime | None) -> None:
        with self.read() as session:
            revision = _revision(session.connection())
        self._refuse_newer(revision)
        if revision == REVISIONS[-1]:
            return
        from storage.engine.migrate import migrate  # noqa: PLC0415  (Alembic costs 100 ms; no other start pays for it)

        if revision is not None:
            self._keep_old(revision)
        with self.write() as session:
            connection = session.connection()
            self._refuse_emptied(_revision(connection))
            migrate(connection, now)
            self._refuse_newer(_revision(connection))

    def _keep_old(self, revision: str) -> None:
        """Before an SQLite store is migrated it is copied beside itself, once."""
        if self.path is None:
            return
        kept = Path(f"{self.path.resolve()}.schema-{revision}")
        # It is there already where a process was quicker, or did not come further than this.
        with suppress(StoreRefused), mapped(kept), placed(kept, force=False) as beside:
            with closing(self.engine.raw_connection()) as connection:
                store: Any = connection.dbapi_connection
                copy_out(store, beside, lambda _: None)
            settle(beside, backup=True)

    def _refuse_newer(self, revision: str | None) -> None:
        if revision is not None and revision not in REVISIONS:
            raise NewerSchema(
                self.url,
                f"its schema is {revision}, newer than this program's {REVISIONS[-1]}; update trialwatch",
            )

    def _refuse_emptied(self, revision: str | None) -> None:
        """A file that others have polled once, and that is blank now, is no new store but a lost one."""
        if revision is None and self.path and Path(f"{self.path.resolve()}{POLL_LOCK}").exists():
            raise Damaged("database", str(self.path), "it is empty, though it was in use before")


def file_of(where: Path | str) -> Path | None:
    """The file of an SQLite store, None for a store on a server. Raises Unavailable for an address that is neither."""
    place = _placed(where)
    return place if isinstance(place, Path) else None


def _placed(where: Path | str) -> Path | URL:
    """Where a store is, read once: from here on a path is a path."""
    try:
        place = where.absolute() if isinstance(where, Path) else parse(where)
    except ValueError as error:
        raise Unavailable("database", f"its address {error}") from error
    if isinstance(place, Path):
        return place
    try:
        return make_url(place)
    except (ArgumentError, ValueError):
        # Whatever was mistyped may be a part of the password, and SQLAlchemy's sentence may repeat it.
        raise Unavailable("database", "its address cannot be read; write postgresql+psycopg://user@host/name") from None


def _shown(place: Path | URL) -> str:
    if isinstance(place, Path):
        return f"{SQLITE}{place}"
    return safe_address(place.render_as_string(hide_password=False))


def _engine(place: Path | URL) -> Engine:
    if isinstance(place, URL):
        return server_engine(place)
    try:
        make_folder(place.parent)
    except OSError as error:
        raise Unavailable(_shown(place), f"its folder cannot be made ({error.strerror})") from error
    if is_still(place):
        return still_engine(place)
    make_file(place)
    engine = file_engine(place, timeout=PATIENCE_SECONDS)
    event.listen(engine.pool, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN, which comes late and never before DDL, is off (`connect`): `Database` begins every
    # transaction, and a failed migration is rolled back whole.
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _write_ahead(connection: Any) -> None:
    # The first switch needs the file for itself, and alone among statements it fails at once where others wait: of
    # several first starts, one would be told that another has locked the store. So it waits by a statement that does.
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & SQLITE_PRIMARY != sqlite3.SQLITE_BUSY:
                raise
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        else:
            return


def _revision(connection: Connection) -> str | None:
    """The schema's revision, None for a store that has none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _identity(path: Path | None) -> tuple[int, int] | None:
    """Which file is at `path`: its device and inode. None when there is none.

    Raises OSError where that cannot be told.
    """
    if path is None:
        return None
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
