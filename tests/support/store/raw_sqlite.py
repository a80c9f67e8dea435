"""Direct access to a store: its address as a person would type it, and an engine without our settings."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, make_url

from storage.engine.database import Database
from storage.engine.engines import file_engine, server_engine
from storage.engine.url import parse


def address_of(database: Database) -> str:
    """Return what a person types to name this store, including the password."""
    return f"sqlite:///{database.where}" if isinstance(database.where, Path) else database.where


def raw_engine(where: Path | str, timeout: float = 5.0) -> Engine:
    """Return an engine for a store, by its path or its address."""
    place = where if isinstance(where, Path) else parse(where)
    return file_engine(place, timeout=timeout) if isinstance(place, Path) else server_engine(make_url(place))
