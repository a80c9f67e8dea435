"""Open a store: engine, sessions, the writer's lock. The one place where driver errors become ours.

SQLite allows one writer at a time among all processes (BEGIN IMMEDIATE). Inside this process a lock makes threads queue
fairly instead of retrying on the file. PostgreSQL uses row locks, and gives each read one consistent snapshot.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, event, inspect
from sqlalchemy.exc import ArgumentError, PendingRollbackError, SQLAlchemyError
from sqlmodel import Session

from storage.engine.database_errors import translated
from storage.engine.driver_errors import driver_error
from storage.engine.engines import file_engine, server_engine, still_engine
from storage.engine.places import placed_at, shown_place, unusable
from storage.engine.redaction import secrets_of
from storage.engine.revisions import REVISIONS, newer_schema
from storage.engine.sqlite_backup import copy_out, mapped, settle
from storage.engine.sqlite_driver import PATIENCE_SECONDS, SQLITE_PRIMARY, sqlite3
from storage.errors import Damaged, Locked, StoreRefused, Unavailable
from storage.files.atomic_files import placed
from storage.files.file_causes import file_cause
from storage.files.file_identity import FileIdentity, identity, refuse_replaced
from storage.files.file_locks import POLL_LOCK
from storage.files.private_files import make_file, make_folder
from storage.files.read_only import is_still
from storage.files.write_ahead_log import log_bytes

__all__ = ["READERS", "REVISIONS", "Database", "file_of"]

READERS = 8
"""Connections of a server of pages. It runs as many threads."""

_LARGE_WAL_BYTES = 4 * 1024 * 1024
_DURABLE = "trialwatch_durable"
_VERSION = "SELECT version_num FROM alembic_version"


class Database:
    """An open store. `open` makes one; threads may share it. `url` is its address without secrets."""

    def __init__(self, place: Path | URL, engine: Engine) -> None:
        self.url = shown_place(place)
        self.path = place if isinstance(place, Path) else None
        self.dialect = "postgresql" if self.path is None else "sqlite"
        self.engine = engine
        self._driver_errors: type[Exception] = engine.dialect.loaded_dbapi.Error
        self._secrets = frozenset() if isinstance(place, Path) else secrets_of(place.password, place.query)
        self.patience = PATIENCE_SECONDS
        self._lock = threading.Lock()
        self._file: FileIdentity | None = None
        self._is_for_reading = False
        # A read is several statements. On PostgreSQL they share one snapshot only at this level; on SQLite always.
        self._reader = engine if self.path else engine.execution_options(isolation_level="REPEATABLE READ")

    @classmethod
    def open(cls, where: Path | str, now: datetime | None = None) -> Database:
        """Open the store at a path, or at an address that `url.parse` accepts. Create or migrate it if needed.

        `now` is the creation date of a new store. Raise Unavailable, NewerSchema, Locked or Full.
        """
        return cls._opened(where, _engine, lambda database: database._bring_up_to_date(now))

    @classmethod
    def open_for_reading(cls, where: Path | str) -> Database:
        """Open a store that `open` has brought up to date, for threads that only read. Its `write` always fails.

        A thread waits until one of its few connections is free. Raise Unavailable, or NewerSchema for a store of
        another schema.
        """
        return cls._opened(where, _reading_engine, lambda database: database._keep_to_schema())

    @classmethod
    def _opened(
        cls, where: Path | str, engine_of: Callable[[Path | URL], Engine], prepare: Callable[[Database], None]
    ) -> Database:
        place = placed_at(where)
        try:
            database = cls(place, engine_of(place))
        except (ImportError, ArgumentError) as error:
            raise unusable(place, error) from error
        try:
            prepare(database)
            database._file = identity(database.path)
        except BaseException:
            database.close()
            raise
        return database

    @property
    def where(self) -> Path | str:
        """What `open` needs to open this store again. It contains the password: never show it."""
        return self.path or self.engine.url.render_as_string(hide_password=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session that sees one consistent snapshot. Changes made in it are discarded.

        Raise Replaced, as `write` does, if the opened file was removed or replaced. If the store was opened for
        reading, raise NewerSchema or Unavailable if another program has changed the schema since.
        """
        with self._mapped(), Session(self._reader) as session:
            connection = session.connection()
            self._begin(connection, "BEGIN")
            if self._is_for_reading:
                self._refuse_other(connection.exec_driver_sql(_VERSION).scalar())
            yield session

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Session]:
        """Yield a session in one transaction: committed at the end of the block, rolled back on error. Does not nest.

        If not `durable`, the commit does not wait for the disk. It survives the end of this process, but a power cut
        may undo it together with all commits up to the next durable one.
        """
        # Threads queue on this lock first. On the file lock alone, SQLite retries with growing pauses and a thread may
        # lose every time until it gives up.
        if not self._lock.acquire(timeout=self.patience):
            raise Locked(self.url, f"another thread has been writing for {self.patience} s")
        try:
            with self._mapped(), self.engine.connect() as connection:
                self._begin(connection, "BEGIN IMMEDIATE", durable=durable)
                with _WritingSession(connection) as session:
                    yield session
                    session.flush()
                    session.check()
                connection.commit()
        finally:
            self._lock.release()

    @contextmanager
    def apart(self) -> Iterator[Connection]:
        """Yield a separate connection outside any transaction. It is closed after the block, which frees its locks."""
        with self._mapped(), self.engine.connect() as connection:
            try:
                yield connection.execution_options(isolation_level="AUTOCOMMIT")
            finally:
                # Do not return it to the pool: a session-level lock would stay with the pooled connection.
                connection.invalidate()

    def close(self) -> None:
        """Close all connections. A large write-ahead log is merged into the database first."""
        self.fold_log()
        self.engine.dispose()

    @property
    def log_bytes(self) -> int:
        """The size of SQLite's write-ahead log in bytes; 0 if there is none."""
        return log_bytes(self.path) if self.path else 0

    def fold_log(self) -> None:
        """Merge a large write-ahead log into the database and truncate it."""
        if self.log_bytes <= _LARGE_WAL_BYTES:
            return
        # A raw connection, because SQLAlchemy would begin a transaction. If a reader blocks this, a later call does it.
        with suppress(sqlite3.Error), closing(self.engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def check(self) -> None:
        """Check the page structure of an SQLite file. Takes about a second for 400 MB. Raise Damaged.

        Does not check the content of the pages: `integrity` does.
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

    def _begin(self, connection: Connection, begin: str, *, durable: bool = True) -> None:
        # Executed here and not by an event listener, because a listener would slow down every statement.
        if self.path is None:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS:.0f}s'")
            if not durable:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            return
        refuse_replaced(self.path, self._file, self.url)
        # SQLite keeps this setting for the connection, so it is only sent when it changes.
        if connection.info.get(_DURABLE, True) != durable:
            connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            connection.info[_DURABLE] = durable
        # BEGIN IMMEDIATE takes the write lock at once. A transaction that reads first and writes later would fail at
        # once if another writer came in between, no matter how long the timeout is.
        connection.exec_driver_sql(begin)

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise translated(error, self.url, self._secrets, self.path) from error
        except self._driver_errors as error:  # of the texts of `execute_text`
            raise driver_error(error, self.url, self._secrets, self.path) from error

    def _bring_up_to_date(self, now: datetime | None) -> None:
        with self.read() as session:
            revision = _revision(session.connection())
        self._refuse_newer(revision)
        if revision == REVISIONS[-1]:
            return
        from storage.engine.migrate import migrate  # noqa: PLC0415  (Alembic costs 100 ms; only a migration needs it)

        if revision is not None:
            self._keep_old(revision)
        elif self.path is None:
            self._refuse_other_encoding()
        with self.write() as session:
            connection = session.connection()
            # Read the revision again, now with the write lock: another process may have migrated the store meanwhile.
            self._refuse_emptied(_revision(connection))
            migrate(connection, now)
            self._refuse_newer(_revision(connection))

    def _refuse_other_encoding(self) -> None:
        with self.read() as session:
            encoding = session.connection().exec_driver_sql("SHOW server_encoding").scalar()
        if encoding != "UTF8":
            why = f"its encoding is {encoding}, and only UTF8 holds all that registries write"
            raise Unavailable(self.url, why, "encoding")

    def _keep_to_schema(self) -> None:
        """Refuse a store of another schema, now and before each read: a server runs on while others migrate."""
        with self.read() as session:
            self._refuse_other(_revision(session.connection()))
        self._is_for_reading = True

    def _refuse_other(self, revision: str | None) -> None:
        self._refuse_newer(revision)
        if revision != REVISIONS[-1]:
            raise Unavailable(self.url, f"its schema is {revision}, older than this program's", "file")

    def _keep_old(self, revision: str) -> None:
        """Copy an SQLite store to a file next to it before a migration, once for each schema."""
        if self.path is None:
            return
        kept = Path(f"{self.path.resolve()}.schema-{revision}")
        # The copy exists if another process made it, or if an earlier migration failed after this point.
        with suppress(StoreRefused), mapped(kept), placed(kept, force=False) as beside:
            with closing(self.engine.raw_connection()) as connection:
                store: Any = connection.dbapi_connection
                copy_out(store, beside, lambda _: None)
            settle(beside, backup=True)

    def _refuse_newer(self, revision: str | None) -> None:
        if revision is not None and revision not in REVISIONS:
            raise newer_schema(self.url, revision)

    def _refuse_emptied(self, revision: str | None) -> None:
        """Refuse to initialize a file that is blank but was polled before: its data are lost, it is not a new store."""
        if revision is None and self.path and Path(f"{self.path.resolve()}{POLL_LOCK}").exists():
            raise Damaged("database", str(self.path), "it is empty, though it was in use before")


class _WritingSession(Session):
    """A session in a transaction that `Database` alone begins and ends. `bound` is its connection.

    It enters the transaction only for objects. Statements go to the connection directly, because what a session does to
    enter takes as long as two small statements.
    """

    def __init__(self, bound: Connection) -> None:
        super().__init__(bound, expire_on_commit=False)
        self._bound, self._whole = bound, bound.get_transaction()

    def connection(self, *_: Any, **__: Any) -> Connection:
        self.check()
        return self._bound

    def check(self) -> None:
        """Raise PendingRollbackError if the block rolled back its transaction: SQLite would commit the rest at once."""
        if self._whole is None or not self._whole.is_active:
            raise PendingRollbackError("the transaction was rolled back, so the rest of its block cannot be written")


def file_of(where: Path | str) -> Path | None:
    """Return the file of an SQLite store, or None for a server. Raise Unavailable for any other address."""
    place = placed_at(where)
    return place if isinstance(place, Path) else None


def _engine(place: Path | URL) -> Engine:
    if isinstance(place, URL):
        return server_engine(place)
    try:
        make_folder(place.parent)
    except OSError as error:
        why = file_cause(error).why
        raise Unavailable(shown_place(place), f"the folder {place.parent} cannot be made: {why}", "folder") from error
    if is_still(place):
        return still_engine(place)
    make_file(place)
    engine = file_engine(place, timeout=PATIENCE_SECONDS)
    event.listen(engine.pool, "connect", _prepare_sqlite)
    return engine


def _reading_engine(place: Path | URL) -> Engine:
    """Return an engine whose connections can only read, for the threads of a server."""
    pool = {"pool_size": READERS, "max_overflow": 0, "pool_timeout": PATIENCE_SECONDS}
    if isinstance(place, URL):
        return server_engine(place, **pool).execution_options(postgresql_readonly=True)
    if is_still(place):
        return still_engine(place)
    return file_engine(place, timeout=PATIENCE_SECONDS, read_only=True, **pool)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # `connect` turns off the driver's own BEGIN, which comes late and never before DDL. `Database` begins every
    # transaction, so that a failed migration is rolled back completely.
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _write_ahead(connection: Any) -> None:
    # The first switch to WAL needs the file exclusively, and fails at once instead of waiting. When several processes
    # start on a new store, one of them would be told that the store is locked. BEGIN EXCLUSIVE does wait, so use it to
    # wait for the others.
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
    """Return the schema revision, or None for a store without a schema."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql(_VERSION).scalar()
