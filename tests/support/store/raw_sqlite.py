"""A store from below: its address as a person would type it, and an engine that knows nothing of ours."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, make_url

from storage.engine.database import Database
from storage.engine.engines import file_engine, server_engine
from storage.engine.url import parse


def address_of(database: Database) -> str:
    """What a person types to name this store, password and all."""
    return f"sqlite:///{database.where}" if isinstance(database.where, Path) else database.where


def raw_engine(where: Path | str, timeout: float = 5.0) -> Engine:
    """An engine on a store, by its path or its address."""
    place = where if isinstance(where, Path) else parse(where)
    return file_engine(place, timeout=timeout) if isinstance(place, Path) else server_engine(make_url(place))
