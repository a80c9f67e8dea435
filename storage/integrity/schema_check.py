"""Compare the schema of a store with the one our migrations make, to find foreign and altered objects.

Tables, indexes, triggers and views can run code of their own when rows are read or written. So the entries in a file's
schema are only compared as text and never trusted. Even the type that an entry gives for itself is not trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, event, text

from storage.engine.engines import file_engine, memory_engine
from storage.files.private_files import make_file
from storage.integrity.fault import Fault
from storage.tables.base_table import Table as Model

__all__ = ["OBJECTS", "Object", "computes", "make_empty", "own_objects", "schema_faults", "strange"]

Object = tuple[str, str, str, str]
"""One entry of SQLite's schema: type, name, its table, and the statement that created it ("" for none)."""

OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_schema"
# SQLite's own statistics, written by ANALYZE or PRAGMA optimize. Nothing of ours depends on them.
_STATISTICS = re.compile(r"sqlite_stat[14]")
_COMPUTED = re.compile(r"\bAS\b", re.IGNORECASE)


def make_empty(path: Path, revision: str) -> None:
    """Create the file `path` as an empty store of that revision with our own migrations. Raise SQLAlchemyError."""
    make_file(path)
    with _migrated(file_engine(path, timeout=5.0), revision):
        pass


@cache
def own_objects(revision: str) -> frozenset[Object]:
    """Return the objects of a store of that revision.

    Made in memory, because `verify` may run where nothing can be written.
    """
    with _migrated(memory_engine(), revision) as connection:
        return frozenset(_plain(row) for row in connection.exec_driver_sql(OBJECTS))


@contextmanager
def _migrated(engine: Engine, revision: str) -> Iterator[Connection]:
    """Yield a connection to an empty database migrated to `revision`, in one transaction with the block."""
    from alembic import command  # noqa: PLC0415  (Alembic costs 100 ms; only restore and verify need it)

    from storage.engine.migrate import config  # noqa: PLC0415  (as above)

    # The driver begins no transaction by itself. Without this, each statement of a migration would commit alone.
    event.listen(engine, "begin", _begin)
    try:
        with engine.begin() as connection:
            command.upgrade(config(connection), revision)
            yield connection
    finally:
        engine.dispose()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def strange(found: Iterable[tuple[object, ...]], revision: str) -> Iterator[tuple[str, str]]:
    """Yield name and fault of each foreign, altered or missing object in a file of that revision."""
    own, there = own_objects(revision), {_plain(row) for row in found}
    names = {name for _, name, _, _ in own}
    for kind, name, _, _ in sorted(there - own):
        if _STATISTICS.fullmatch(name):
            continue
        what = "it is not as this program makes it" if name in names else f"this {kind} does not belong to this program"
        yield name, what
    seen = {name for _, name, _, _ in there}
    for kind, name, _, _ in sorted(own - there):
        if name not in seen and name != "sqlite_sequence":
            yield name, f"this {kind} is missing"


def schema_faults(connection: Connection, revision: str) -> Iterator[Fault]:
    """Yield the faults `strange` finds in an open store. On PostgreSQL: foreign triggers and rules of our tables."""
    if connection.dialect.name == "sqlite":
        found = [tuple(row) for row in connection.execute(text(OBJECTS))]
        yield from (Fault("schema", name, what) for name, what in strange(found, revision))
        return
    tables = {"tables": [table.name for table in Model.metadata.sorted_tables]}
    for name, table in connection.execute(text(_RUNS_BY_ITSELF), tables):
        yield Fault("schema", str(name), f"this trigger or rule of {table} does not belong to this program")


def computes(connection: Connection) -> bool:
    """Whether a view or a generated column takes the place of one of our tables and computes what is read from it."""
    if connection.dialect.name != "sqlite":
        return False
    own = Model.metadata.tables.keys()
    there = [str(sql) for _, name, _, sql in connection.execute(text(OBJECTS)) if name in own]
    return any(not it.startswith("CREATE TABLE") or _COMPUTED.search(it) for it in there)


_RUNS_BY_ITSELF = """
    SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(:tables)
    UNION ALL
    SELECT r.rulename, c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
    WHERE r.rulename <> '_RETURN' AND c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(:tables)
    ORDER BY 1, 2
"""


def _plain(row: Iterable[object]) -> Object:
    """Return an entry as text. Every character counts: without a line end, a comment swallows the next line."""
    kind, name, table, statement = ("" if it is None else str(it) for it in row)
    return kind, name, table, statement
