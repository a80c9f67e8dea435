"""What our SQL relies on in a session of PostgreSQL, whatever the server, the role or the environment sets."""

from __future__ import annotations

from typing import Any

__all__ = ["prepare_session"]

_SETTINGS = """
    SET client_encoding = 'UTF8';
    SET DateStyle = 'ISO, YMD';
    SET TimeZone = 'UTC';
    SET standard_conforming_strings = on
"""
"""The driver reads times in this style alone, and text in the encoding of the session."""


def prepare_session(connection: Any) -> None:
    """Settle a new connection of psycopg."""
    connection.execute(_SETTINGS)
    connection.commit()  # or the end of the first transaction could take the settings back
