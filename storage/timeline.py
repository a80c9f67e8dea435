"""The order of versions in time, said once: in Python for values, in SQL for rows."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import ColumnElement, func

from storage.bulk import table_of
from storage.models import Snapshot

__all__ = ["Place", "Placed", "place", "sql_place"]

Place = tuple[str, str, int, int]


class Placed(Protocol):
    """What a version's place depends on."""

    @property
    def effective(self) -> str: ...
    @property
    def submit_date(self) -> str: ...
    @property
    def registry_version(self) -> int | None: ...


def place(version: Placed, number: int) -> Place:
    """Sort key of a version. `number` is its own; without a registry's number it comes before those with one."""
    rank = -1 if version.registry_version is None else version.registry_version
    return (version.effective, version.submit_date, rank, number)


def sql_place() -> tuple[ColumnElement[Any], ...]:
    """The same order for ORDER BY."""
    row = table_of(Snapshot).c
    return (row.effective, row.submit_date, func.coalesce(row.registry_version, -1), row.version)
