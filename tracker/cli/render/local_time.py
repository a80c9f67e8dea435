"""Instants for people: in the local time zone, to the minute. JSON and CSV keep UTC."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

__all__ = ["local_minute", "local_second", "minute_and_zone", "times_in"]

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z")
_RULE = re.compile(r"(?:[A-Za-z]{3,}|<[^>]{3,}>)[+-]?\d")
"""The start of a time zone as a rule, such as CET-1CEST,M3.5.0,M10.5.0."""
_FIXED: ContextVar[tzinfo | None] = ContextVar("fixed_zone", default=None)


@contextmanager
def times_in(zone: tzinfo) -> Iterator[None]:
    """Show instants in `zone` instead of the local time zone. The demo's story is told in UTC."""
    token = _FIXED.set(zone)
    try:
        yield
    finally:
        _FIXED.reset(token)


def minute_and_zone(text: str, form: str = "%Y-%m-%d %H:%M") -> tuple[str, str] | None:
    """Return an instant of the outside contract as local time and zone: `2026-03-29 03:30`, `CEST`.

    Return None for any other text. A registry's date has no time zone and is never moved.
    """
    if not _INSTANT.fullmatch(text):
        return None
    try:
        moment = _local(datetime.fromisoformat(text))
    except (ValueError, OverflowError, OSError):  # a day that does not exist, or is beyond what a zone can move
        return text[:16].replace("T", " "), "UTC"
    return f"{moment:{form}}", _zone_name(moment)


def local_minute(text: str | None) -> str:
    """Return an instant as local time with its zone, and any other timestamp as it is, to the minute."""
    found = minute_and_zone(text or "")
    return " ".join(found) if found else (text or "")[:16].replace("T", " ")


def local_second(text: str) -> str:
    """Return an instant as local time with its zone, to the second."""
    return " ".join(minute_and_zone(text, "%Y-%m-%d %H:%M:%S") or (text,))


def _local(moment: datetime) -> datetime:
    zone = _FIXED.get() or _zone_of(os.environ.get("TZ"))
    if zone is not None:
        return moment.astimezone(zone)
    time.tzset()
    return moment.astimezone()


def _zone_of(name: str | None) -> tzinfo | None:
    """Return the time zone that TZ names: UTC if it names none, None if the system has to decide."""
    if name is None:
        return None
    name = name.removeprefix(":")
    if name.startswith("/"):
        return None if Path(name).is_file() else UTC
    try:
        return ZoneInfo(name) if name else UTC
    except (LookupError, ValueError, OSError):
        return None if _RULE.match(name) else UTC


def _zone_name(moment: datetime) -> str:
    """Return the zone's short name, or the offset of a zone that has none."""
    name = moment.tzname() or ""
    return name if name.isalpha() else f"UTC{moment:%z}"
