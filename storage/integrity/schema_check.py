"""Our own schema, as our migrations make it, to hold a store against: what is foreign in it, and what was altered.

Tables, indexes, triggers and views can run code of their own when rows are read or written. So what stands in a file's
list of them is compared as text and never trusted; the kind an entry gives for itself counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, event, text

from storage.engine.engines import file_engine, memory_engine
from storage.engine.private_files import make_file
from storage.integrity.fault import Fault
from storage.tables.base_table import Table as Model

__all__ = ["OBJECTS", "Object", "computes", "make_empty", "own_objects", "schema_faults", "strange"]

Object = tuple[str, str, str, str]
"""One entry of SQLite's list: type, name, the table it is about, and the statement that made it ("" for none)."""

OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_schema"
# SQLite's own: statistics that ANALYZE or PRAGMA optimize writes, which nothing of ours rests on.
_STATISTICS = re.compile(r"sqlite_stat[14]")
_COMPUTED = re.compile(r"\bAS\b", re.IGNORECASE)


def make_empty(path: Path, revision: str) -> None:
    """Make the file `path` a store of that schema by our own migrations, without a row. Raises SQLAlchemyError."""
    make_file(path)
    with _migrated(file_engine(path, timeout=5.0), revision):
        pass


@cache
def own_objects(revision: str) -> frozenset[Object]:
    """What a store of that schema consists of. Made in memory: a store may be verified where nothing can be written."""
    with _migrated(memory_engine(), revision) as connection:
        return frozenset(_plain(row) for row in connection.exec_driver_sql(OBJECTS))


@contextmanager
def _migrated(engine: Engine, revision: str) -> Iterator[Connection]:
    """A connection to an empty database, after the migrations up to `revision`, in one transaction with the block."""
    from alembic import command  # noqa: PLC0415  (Alembic costs 100 ms; only who restores or verifies pays for it)

    from storage.engine.migrate import config  # noqa: PLC0415  (as above)

    # The driver begins nothing by itself: without this each statement of a migration would be on its own.
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
    """What is foreign, altered or missing among the objects of a file of that schema: its name, and what is wrong."""
    own, there = own_objects(revision), {_plain(row) for row in found}
    names = {name for _, name, _, _ in own}
    for kind, name, _, _ in sorted(there - own):
        if _STATISTICS.fullmatch(name):
            continue
        what = "it is not as this program makes it" if name in names else f"this {kind} is not of this program"
        yield name, what
    seen = {name for _, name, _, _ in there}
    for kind, name, _, _ in sorted(own - there):
        if name not in seen and name != "sqlite_sequence":
            yield name, f"this {kind} is not there"


def schema_faults(connection: Connection, revision: str) -> Iterator[Fault]:
    """As `strange`, of an open store. On PostgreSQL: what runs by itself when our tables are written to or read."""
    if connection.dialect.name == "sqlite":
        found = [tuple(row) for row in connection.execute(text(OBJECTS))]
        yield from (Fault("schema", name, what) for name, what in strange(found, revision))
        return
    tables = {"tables": [table.name for table in Model.metadata.sorted_tables]}
    for name, table in connection.execute(text(_RUNS_BY_ITSELF), tables):
        yield Fault("schema", str(name), f"this trigger or rule of {table} is not of this program")


def computes(connection: Connection) -> bool:
    """Whether something in the place of one of our tables computes what is read from it: a view, a generated column."""
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
    """An entry as text. Not a character may differ: a line end less, and a comment swallows what follows it."""
    kind, name, table, statement = ("" if it is None else str(it) for it in row)
    return kind, name, table, statement
