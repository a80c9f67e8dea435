"""Instants for people to read, in the time zone of this process. Pure."""

from __future__ import annotations

from datetime import datetime

__all__ = ["local_time"]


def local_time(instant: datetime) -> str:
    """Return an aware instant to the minute, in the zone of `TZ` or the system: `2026-11-28 22:45 CET`."""
    here = instant.astimezone()
    return f"{here:%Y-%m-%d %H:%M} {here.tzname()}"
