"""Translate errors of SQLAlchemy into ours. Used by `Database` and by the check of damaged stores."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.engine.driver_errors import driver_error, first_line
from storage.engine.redaction import redacted
from storage.errors import StorageError, Unavailable

__all__ = ["translated"]


def translated(
    error: SQLAlchemyError, subject: str, secrets: Collection[str] = (), file: Path | None = None
) -> StorageError:
    """Return our error for a foreign one. For the arguments see `driver_error`."""
    if isinstance(error, PoolTimeout):
        return Unavailable(subject, "no connection became free", "busy")
    if not isinstance(error, DBAPIError):
        return StorageError(subject, redacted(first_line(error), secrets))
    return driver_error(error.orig, subject, secrets, file, is_lost=error.connection_invalidated)
