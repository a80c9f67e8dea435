"""Copy the rows of an untrusted file into an empty store, checking that each value fits its column.

Nothing else of the file is used: no SQL of its schema, no index, no pragma of its header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import orjson

from storage.engine.sqlite_driver import sqlite3
from storage.errors import StoreRefused

__all__ = ["LARGEST_BYTES", "take_rows"]

LARGEST_BYTES = 512 * 1024 * 1024
"""The largest text or blob that a store of ours can hold, in bytes."""
_LIMIT_LENGTH = 0
"""SQLite's SQLITE_LIMIT_LENGTH, which not every driver defines."""
_UNTAKEN = {"alembic_version", "sqlite_sequence"}
Row = tuple[Any, ...]


def take_rows(source: sqlite3.Connection, target: sqlite3.Connection, subject: str) -> None:
    """Copy the columns that the tables of `target` have, in one transaction. Raise StoreRefused or sqlite3.Error."""
    if hasattr(source, "setlimit"):
        source.setlimit(_LIMIT_LENGTH, LARGEST_BYTES)
    target.execute("PRAGMA foreign_keys=OFF")  # tables come in any order; the check below covers all of them
    target.execute("BEGIN")
    tables = [name for (name,) in target.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    for table in tables:
        if table not in _UNTAKEN:
            _take_table(source, target, table, subject)
    _go_on_counting(source, target, subject)
    if (broken := target.execute("PRAGMA foreign_key_check").fetchone()) is not None:
        raise StoreRefused(subject, f"a row of its table {broken[0]} refers to a missing row; use another backup")
    target.execute("COMMIT")


def _take_table(source: sqlite3.Connection, target: sqlite3.Connection, table: str, subject: str) -> None:
    columns = [
        (name, _check_of(table, name, kind, is_key=bool(key)))
        for _, name, kind, _, _, key in target.execute(f'PRAGMA table_info("{table}")')
    ]
    names = ", ".join(f'"{name}"' for name, _ in columns)
    # NOT INDEXED, because an index in the file could leave rows out.
    found = source.execute(f'SELECT {names} FROM "{table}" NOT INDEXED')
    marks = ", ".join("?" for _ in columns)
    try:
        # `executemany` pulls the rows one by one, so a large table does not fill the memory.
        rows = _checked(found, table, columns, subject)
        target.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)
    except sqlite3.IntegrityError as error:
        raise StoreRefused(subject, f"a row of its table {table}is not valid ({error}); use another backup") from error


def _checked(
    rows: Iterable[Row], table: str, columns: list[tuple[str, Callable[[Any], bool]]], subject: str
) -> Iterator[Row]:
    for row in rows:
        for value, (name, fits) in zip(row, columns, strict=True):
            if value is not None and not fits(value):
                what = f"a value of type {type(value).__name__} as {name} that does not fit"
                raise StoreRefused(subject, f"its table {table} has {what}; use another backup")
        yield row


def _go_on_counting(source: sqlite3.Connection, target: sqlite3.Connection, subject: str) -> None:
    """Continue the numbering of the source, so that the numbers of deleted rows are not used again."""
    for table, last in source.execute("SELECT name, seq FROM sqlite_sequence NOT INDEXED").fetchall():
        if not (isinstance(table, str) and _is_number_of_a_row(last)):
            raise StoreRefused(subject, "its table sqlite_sequence does not hold numbers; use another backup")
        counted = target.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (last, table))
        own = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ? AND sql LIKE '%AUTOINCREMENT%'"
        if not counted.rowcount and target.execute(own, (table,)).fetchone():
            target.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))


def _is_instant(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value) is not None
    except ValueError:
        return False


def _is_number_of_a_row(value: Any) -> bool:
    return isinstance(value, int) and 0 <= value <= _MOST_ROWS


def _is_json(value: Any) -> bool:
    try:
        return isinstance(value, str) and (not value or isinstance(orjson.loads(value), (dict, list)))
    except orjson.JSONDecodeError:
        return False


def _check_of(table: str, name: str, kind: str, *, is_key: bool) -> Callable[[Any], bool]:
    plain = kind.partition("(")[0]
    if (table, name) in _JSON:
        return _is_json
    return _is_number_of_a_row if is_key and plain in ("INTEGER", "BIGINT") else _KINDS[plain]


_MOST_ROWS = 1 << 53
"""A row with a higher number is not one of ours. After the highest number of all, no row can be added."""
_JSON = frozenset({("cohort", "query"), ("cohort", "tags"), ("run", "detail")})
"""Columns whose text the program reads as JSON."""
_KINDS: dict[str, Callable[[Any], bool]] = {
    "VARCHAR": lambda value: isinstance(value, str),
    "INTEGER": lambda value: isinstance(value, int),
    "BIGINT": lambda value: isinstance(value, int),
    "BOOLEAN": lambda value: value in (0, 1) and isinstance(value, int),
    "BLOB": lambda value: isinstance(value, bytes),
    "DATETIME": _is_instant,
}
"""The check for each column type of our schema. SQLite itself accepts any value in any column."""
