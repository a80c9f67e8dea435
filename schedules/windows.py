"""When to send messages: digest windows and quiet hours in the recipient's time zone. Pure.

A local time that is skipped by a clock change counts as the instant of the change. A local time that occurs twice
counts once, the first time. All instants are aware and in UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

__all__ = ["DAYS", "Digest", "Quiet", "open_at", "parse_digest", "parse_quiet", "window_end"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DIGEST = re.compile(r"(daily)@(\d\d):(\d\d)|(weekly)@([a-z]{3})(\d\d):(\d\d)")
_QUIET = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


@dataclass(frozen=True, slots=True)
class Digest:
    """One message per day or week at a local time. `weekday` is 0 for Monday, None for every day."""

    at: time
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Quiet:
    """Local hours without messages, from `start` up to `end`. They cross midnight if `end` is before `start`."""

    start: time
    end: time


def parse_digest(text: str) -> Digest:
    """Parse `daily@08:00` or `weekly@mon08:00`. Raise ValueError for anything else."""
    found = _DIGEST.fullmatch(text.strip().lower())
    if found is None or (found[4] and found[5] not in DAYS):
        raise ValueError(f"must be like daily@08:00 or weekly@mon08:00, not {text[:40]!r}")
    if found[1]:
        return Digest(_time(found[2], found[3], text))
    return Digest(_time(found[6], found[7], text), DAYS.index(found[5]))


def parse_quiet(text: str) -> Quiet:
    """Parse `22:00-07:00`. Raise ValueError for anything else, and if both times are equal."""
    found = _QUIET.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"must be like 22:00-07:00, not {text[:40]!r}")
    quiet = Quiet(_time(found[1], found[2], text), _time(found[3], found[4], text))
    if quiet.start == quiet.end:
        raise ValueError(f"must begin and end at different times, not {text[:40]!r}")
    return quiet


def window_end(digest: Digest, zone: str, now: datetime) -> datetime:
    """Return the first end of a digest window after `now`."""
    there = _zone(zone)
    day = now.astimezone(there).date()
    # Start with the day before: at a clock change an instant may belong to the local day that has just ended.
    for offset in range(-1, 9):
        candidate = day + timedelta(days=offset)
        if digest.weekday is not None and candidate.weekday() != digest.weekday:
            continue
        end = _instant(candidate, digest.at, there)
        if end > now:
            return end
    raise AssertionError("a week has seven days")


def open_at(quiet: Quiet, zone: str, instant: datetime) -> datetime:
    """Return `instant` if it is outside the quiet hours, else the end of those hours."""
    there = _zone(zone)
    day = instant.astimezone(there).date()
    # Quiet hours that began yesterday may still last.
    for offset in (-1, 0):
        start = _instant(day + timedelta(days=offset), quiet.start, there)
        over = offset if quiet.start < quiet.end else offset + 1
        end = _instant(day + timedelta(days=over), quiet.end, there)
        if start <= instant < end:
            return end
    return instant


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return a local time as an instant. For a time that a clock change skips, return the instant of the change."""
    local = datetime.combine(day, at, zone)
    instant = local.astimezone(UTC)
    # A skipped local time does not survive the way to UTC and back.
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    return _change_between(instant - timedelta(days=1), instant + timedelta(days=1), zone)


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant, to the second, at which the zone's offset changes between two instants."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _time(hours: str, minutes: str, text: str) -> time:
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError(f"must name times of a day, not {text[:40]!r}")
    return time(int(hours), int(minutes))


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
