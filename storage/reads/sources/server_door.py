"""Open the connections to a server, with the same words as `Database` for an address that cannot be used."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.exc import ArgumentError

from storage.engine.places import placed_at, unusable
from storage.reads.sources.connections import Source

__all__ = ["server_source"]


def server_source(address: str) -> Source:
    """Return where the connections to the server at `address` come from. Raise Unavailable."""
    place = placed_at(address)
    assert not isinstance(place, Path)
    try:
        from storage.reads.sources.server import ServerSource  # noqa: PLC0415  (psycopg is an extra)

        return ServerSource(place)
    except (ImportError, ArgumentError) as error:
        raise unusable(place, error) from error
