"""Open a store: engine, sessions, the writer's lock. The one place where driver errors become ours.

SQLite allows one writer at a time among all processes (BEGIN IMMEDIATE). Inside this process a lock makes threads queue
fairly instead of retrying on the file. PostgreSQL uses row locks, and gives each read one consistent snapshot.
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

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")
"""Every schema this program can read, oldest first. It writes the last one. A test compares this with `migrations`."""

PATIENCE_SECONDS = 10.0
"""Seconds a writer waits for another one, in this process or in another."""

POLL_LOCK = ".poll.lock"
"""The suffix for the poll lock file of an SQLite store. The first poll creates the file."""

_LARGE_WAL_BYTES = 4 * 1024 * 1024
_DURABLE = "trialwatch_durable"


class Database:
    """An open store. `open` makes one; threads may share it. `url` is its address without secrets."""

    def __init__(self, place: Path | URL, engine: Engine) -> None:
        self.url = _shown(place)
        self.path = place if isinstance(place, Path) else None
        self.dialect = "postgresql" if self.path is None else "sqlite"
        self.engine = engine
        self._secrets = frozenset() if isinstance(place, Path) else secrets_of(place.password, place.query)
        self.patience = PATIENCE_SECONDS
        self._lock = threading.Lock()
        self._file: tuple[int, int] | None = None
        # A read is several statements. On PostgreSQL they share one snapshot only at this level; on SQLite always.
        self._reader = engine if self.path else engine.execution_options(isolation_level="REPEATABLE READ")

    @classmethod
    def open(cls, where: Path | str, now: datetime | None = None) -> Database:
        """Open the store at a path, or at an address that `url.parse` accepts. Create or migrate it if needed.

        `now` is the creation date of a new store. Raise Unavailable, NewerSchema, Locked or Full.
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
        """What `open` needs to open this store again. It contains the password: never show it."""
        return self.path or self.engine.url.render_as_string(hide_password=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session that sees one consistent snapshot. Changes made in it are discarded.

        Raise Replaced, as `write` does, if the opened file was removed or replaced.
        """
        with self._mapped(), Session(self._reader) as session:
            self._begin(session, "BEGIN")
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
            with self._mapped(), Session(self.engine, expire_on_commit=False) as session, session.begin():
                self._begin(session, "BEGIN IMMEDIATE", durable=durable)
                yield session
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
        return _size(self.path.with_name(self.path.name + "-wal")) if self.path else 0

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

    def _begin(self, session: Session, begin: str, *, durable: bool = True) -> None:
        # Executed here and not by an event listener, because a listener would slow down every statement.
        connection = session.connection()
        if self.path is None:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS:.0f}s'")
            if not durable:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            return
        self._refuse_replaced()
        # SQLite keeps this setting for the connection, so it is only sent when it changes.
        if connection.info.get(_DURABLE, True) != durable:
            connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            connection.info[_DURABLE] = durable
        # BEGIN IMMEDIATE takes the write lock at once. A transaction that reads first and writes later would fail at
        # once if another writer came in between, no matter how long the timeout is.
        connection.exec_driver_sql(begin)

    def _refuse_replaced(self) -> None:
        """Raise Replaced if the opened file is no longer at its path, because no other process would see it."""
        try:
            found = _identity(self.path)
        except OSError:
            return  # SQLite gives a better error
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
        from storage.engine.migrate import migrate  # noqa: PLC0415  (Alembic costs 100 ms; only a migration needs it)

        if revision is not None:
            self._keep_old(revision)
        with self.write() as session:
            connection = session.connection()
            # Read the revision again, now with the write lock: another process may have migrated the store meanwhile.
            self._refuse_emptied(_revision(connection))
            migrate(connection, now)
            self._refuse_newer(_revision(connection))

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
            raise NewerSchema(
                self.url,
                f"its schema is {revision}, newer than this program's {REVISIONS[-1]}; update trialwatch",
            )

    def _refuse_emptied(self, revision: str | None) -> None:
        """Refuse to initialize a file that is blank but was polled before: its data are lost, it is not a new store."""
        if revision is None and self.path and Path(f"{self.path.resolve()}{POLL_LOCK}").exists():
            raise Damaged("database", str(self.path), "it is empty, though it was in use before")


def file_of(where: Path | str) -> Path | None:
    """Return the file of an SQLite store, or None for a server. Raise Unavailable for any other address."""
    place = _placed(where)
    return place if isinstance(place, Path) else None


def _placed(where: Path | str) -> Path | URL:
    """Parse the place of a store once. From here on a path is a `Path`."""
    try:
        place = where.absolute() if isinstance(where, Path) else parse(where)
    except ValueError as error:
        raise Unavailable("database", f"its address {error}") from error
    if isinstance(place, Path):
        return place
    try:
        return make_url(place)
    except (ArgumentError, ValueError):
        # The mistyped part may belong to the password, and SQLAlchemy's message may repeat it.
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
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _identity(path: Path | None) -> tuple[int, int] | None:
    """Return device and inode of the file at `path`, or None if there is none.

    Raise OSError if that cannot be found out.
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
