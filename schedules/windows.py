"""When to send: digests and quiet hours, in somebody's own time zone. Pure.

Local times that a change of clocks skips count as the instant the clocks jumped; those it repeats count once, the first
time. Instants go in and come out aware, in UTC.
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
    """One message a day, or a week, at a local time. `weekday`: 0 for Monday; None for every day."""

    at: time
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Quiet:
    """Local hours in which nothing is sent, from `start` up to `end`; over midnight when `end` comes first."""

    start: time
    end: time


def parse_digest(text: str) -> Digest:
    """`daily@08:00` or `weekly@mon08:00`. Raises ValueError for anything else."""
    found = _DIGEST.fullmatch(text.strip().lower())
    if found is None or (found[4] and found[5] not in DAYS):
        raise ValueError(f"must be like daily@08:00 or weekly@mon08:00, not {text[:40]!r}")
    if found[1]:
        return Digest(_time(found[2], found[3], text))
    return Digest(_time(found[6], found[7], text), DAYS.index(found[5]))


def parse_quiet(text: str) -> Quiet:
    """`22:00-07:00`. Raises ValueError for anything else, and for hours that never end."""
    found = _QUIET.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"must be like 22:00-07:00, not {text[:40]!r}")
    quiet = Quiet(_time(found[1], found[2], text), _time(found[3], found[4], text))
    if quiet.start == quiet.end:
        raise ValueError(f"must begin and end at different times, not {text[:40]!r}")
    return quiet


def window_end(digest: Digest, zone: str, now: datetime) -> datetime:
    """The first end of a digest's window after `now`."""
    there = _zone(zone)
    day = now.astimezone(there).date()
    # The day before too: at a change of clocks an instant may belong to the day that local time has left.
    for offset in range(-1, 9):
        candidate = day + timedelta(days=offset)
        if digest.weekday is not None and candidate.weekday() != digest.weekday:
            continue
        end = _instant(candidate, digest.at, there)
        if end > now:
            return end
    raise AssertionError("a week has seven days")


def open_at(quiet: Quiet, zone: str, instant: datetime) -> datetime:
    """The instant itself when it is not quiet, else the end of the quiet hours it falls into."""
    there = _zone(zone)
    day = instant.astimezone(there).date()
    for offset in (-1, 0):
        start = _instant(day + timedelta(days=offset), quiet.start, there)
        over = offset if quiet.start < quiet.end else offset + 1
        end = _instant(day + timedelta(days=over), quiet.end, there)
        if start <= instant < end:
            return end
    return instant


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A local time as an instant. One that a change of clocks skips: the instant of the change."""
    local = datetime.combine(day, at, zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    return _change_between(instant - timedelta(days=1), instant + timedelta(days=1), zone)


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant, to the second, at which the zone's offset changes between two instants."""
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
