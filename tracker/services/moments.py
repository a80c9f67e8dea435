"""Dates, times and spans as people type them. Days are days of UTC, as everywhere in the store."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import NoReturn

from tracker.errors import UsageError
from tracker.services.changes.moments import Moment
from tracker.services.spelling import Spelling, as_option

__all__ = ["moment_of", "period_of", "since_of"]

FORMS = (
    "a date (2026-01-31), a month (2026-01), a year, an instant (2026-01-31T09:00Z), today, yesterday, a weekday, "
    "or a time ago (7d, 2weeks, 1month, 12h)"
)
_AGO = re.compile(r"(\d{1,5})\s*([a-z]+)(?:\s+ago)?", re.ASCII)
_UNITS = {
    **dict.fromkeys(("h", "hour", "hours"), "hours"),
    **dict.fromkeys(("d", "day", "days"), "days"),
    **dict.fromkeys(("w", "week", "weeks"), "weeks"),
    **dict.fromkeys(("mo", "month", "months"), "months"),
    **dict.fromkeys(("y", "year", "years"), "years"),
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-?\d{2}-?\d{2}[t ]\d{2}.*", re.ASCII)
_OTHER_ORDER = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})", re.ASCII)
_LOOSE = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})", re.ASCII)
_LAST = re.compile(r"(?:last|past|this)\s+(week|month|year)")
_FIRST_TO_BEGIN = timedelta(hours=14)
"""A day begins so much before it begins in UTC, on the islands that have it first."""


def moment_of(text: str, now: datetime, *, end: bool = False) -> Moment:
    """Return the day or instant that was typed. With `end`, a month or a year is its last day, else its first.

    Raise UsageError, with the forms to type, for anything else.
    """
    word = " ".join(text.lower().split())
    try:
        found = _named_day(word, now) or _span(word, end=end) or _ago(word, now) or _written(word)
    except (ValueError, OverflowError):
        found = None
    return found or _refuse(text.strip(), word)


def since_of(text: str, now: datetime, option: str = "--since") -> Moment:
    """Return the moment from which something is wanted. Raise UsageError also for one in the future."""
    found = moment_of(text, now)
    latest = now + (timedelta() if found.instant else _FIRST_TO_BEGIN)
    if (found.instant or _begin(found)) > latest:
        raise UsageError(
            f"{option} {text.strip()[:40]} is in the future: it is {now:%Y-%m-%d %H:%M} UTC now; give an earlier date",
            subject=option,
        )
    return found


def period_of(
    since: str | None, until: str | None, now: datetime, spelling: Spelling = as_option
) -> tuple[Moment, Moment]:
    """Return both ends of a period; one that is not given is no limit. Raise UsageError if it ends before it begins.

    Instants are printed in whole seconds. So an end in whole seconds covers all of that second.
    """
    first, last = spelling("since"), spelling("until")
    begin = since_of(since, now, first) if since else Moment()
    end = _to_its_end(moment_of(until, now, end=True)) if until else Moment()
    if since and until and _end(end) < _begin(begin):
        raise UsageError(
            f"{last} {until.strip()[:40]} is before {first} {since.strip()[:40]}; give the earlier one as {first}",
            subject=last,
        )
    return begin, end


def _to_its_end(found: Moment) -> Moment:
    if found.instant is None or found.instant.microsecond:
        return found
    return Moment(instant=found.instant.replace(microsecond=999_999))


def _begin(found: Moment) -> datetime:
    return found.instant or datetime.combine(date.fromisoformat(found.day or ""), time.min, UTC)


def _end(found: Moment) -> datetime:
    return found.instant or datetime.combine(date.fromisoformat(found.day or ""), time.max, UTC)


def _named_day(word: str, now: datetime) -> Moment | None:
    if word == "now":
        return Moment(instant=now)
    back = {"today": 0, "yesterday": 1}.get(word)
    if back is None:
        name = word.removeprefix("last ").removeprefix("on ")
        weekday = next((at for at, known in enumerate(_WEEKDAYS) if name in (known, known[:3])), None)
        if weekday is None:
            return None
        back = (now.weekday() - weekday - 1) % 7 + 1
    return Moment((now.date() - timedelta(days=back)).isoformat())


def _span(word: str, *, end: bool) -> Moment | None:
    """Return the first or the last day of a month or a year."""
    if month := _MONTH.fullmatch(word):
        year, number = int(month[1]), int(month[2])
        return Moment(date(year, number, monthrange(year, number)[1] if end else 1).isoformat())
    if _YEAR.fullmatch(word):
        return Moment((date(int(word), 12, 31) if end else date(int(word), 1, 1)).isoformat())
    return None


def _ago(word: str, now: datetime) -> Moment | None:
    ago = _AGO.fullmatch(word)
    unit = _UNITS.get(ago[2]) if ago else None
    if ago is None or unit is None:
        return None
    count = int(ago[1])
    if unit in ("months", "years"):
        return Moment(instant=_months_before(now, count * (12 if unit == "years" else 1)))
    return Moment(instant=now - timedelta(**{unit: count}))


def _months_before(now: datetime, count: int) -> datetime:
    """Return the same day of an earlier month, or that month's last day if it has no such day."""
    year, month = divmod(now.year * 12 + now.month - 1 - count, 12)
    if year < 1:
        raise OverflowError
    return now.replace(year=year, month=month + 1, day=min(now.day, monthrange(year, month + 1)[1]))


def _written(word: str) -> Moment | None:
    if _DAY.fullmatch(word):
        return Moment(date.fromisoformat(word).isoformat())
    if not _INSTANT.fullmatch(word):
        return None
    instant = datetime.fromisoformat(word.upper())
    return Moment(instant=instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC))


def _refuse(text: str, word: str) -> NoReturn:
    shown = text[:40]
    if meant := _meant(word):
        raise UsageError(f"{shown!r} is not clear; write {meant}", subject=shown)
    raise UsageError(f"{shown!r} is not {FORMS}", subject=shown)


def _meant(word: str) -> str:
    """Return what to type instead, if that can be guessed."""
    if ago := _AGO.fullmatch(word):
        return f"{ago[1]}months" if ago[2] == "m" else ""
    if last := _LAST.fullmatch(word):
        return f"1{last[1]}"
    if other := _OTHER_ORDER.fullmatch(word):
        one, two, year = int(other[1]), int(other[3]), int(other[4])
        return " or ".join(dict.fromkeys(filter(None, (_day(year, two, one), _day(year, one, two)))))
    loose = _LOOSE.fullmatch(word)
    return _day(*map(int, loose.groups())) if loose else ""


def _day(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
