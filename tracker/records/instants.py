"""Instants as a person reads them: in the time zone of this process, and with its name. Pure."""

from __future__ import annotations

from datetime import datetime

__all__ = ["local_time"]


def local_time(instant: datetime) -> str:
    """`2026-11-28 22:45 CET`: an aware instant to the minute, in the zone that `TZ` or the system names."""
    here = instant.astimezone()
    return f"{here:%Y-%m-%d %H:%M} {here.tzname()}"
