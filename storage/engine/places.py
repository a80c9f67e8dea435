"""Where a store is: a file, or a server in the terms of SQLAlchemy. For files alone, `url` is enough."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from storage.engine.redaction import safe_address
from storage.engine.url import SQLITE, located
from storage.errors import Unavailable

__all__ = ["placed_at", "shown_place", "unusable"]

_PSYCOPG = ("postgresql", "postgresql+psycopg")


def placed_at(where: Path | str) -> Path | URL:
    """Parse the place of a store once. From here on a path is a `Path`. Raise Unavailable."""
    place = located(where)
    if isinstance(place, Path):
        return place
    try:
        return make_url(place)
    except (ArgumentError, ValueError):
        # The mistyped part may belong to the password, and SQLAlchemy's message may repeat it.
        raise Unavailable(
            "database", "its address cannot be read; write postgresql+psycopg://user@host/name", "address"
        ) from None


def shown_place(place: Path | URL) -> str:
    """Return the address of a store without secrets."""
    if isinstance(place, Path):
        return f"{SQLITE}{place}"
    return safe_address(place.render_as_string(hide_password=False))


def unusable(place: Path | URL, error: Exception) -> Unavailable:
    """Return why there is no driver for this place, or why its driver does not take the address."""
    if isinstance(place, URL) and place.drivername in _PSYCOPG and isinstance(error, ImportError):
        why = "it needs psycopg, the driver of PostgreSQL, which is not installed"
        return Unavailable(shown_place(place), why, "driver")
    why = "its address must begin with postgresql+psycopg://, and hold only options that psycopg knows"
    return Unavailable(shown_place(place), why, "address")
