"""Instants in the form of the outside contract."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import overload

__all__ = ["instant_out"]


@overload
def instant_out(instant: datetime) -> str: ...
@overload
def instant_out(instant: datetime | None) -> str | None: ...
def instant_out(instant: datetime | None) -> str | None:
    """Return an instant in the form of the outside contract: UTC, whole seconds, ``Z``."""
    return None if instant is None else _written(instant)


@lru_cache(maxsize=1024)  # one poll notes the same instant for thousands of rows
def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
