"""Days, stretches of time and names as plots write them. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tracker.changes.wording.words import count_of, shortened
from tracker.records.clean import clean
from tracker.records.dates import earliest, precision
from tracker.records.one_line import one_line
from tracker.web.plots.parts.drawing import text_width

__all__ = ["day_words", "fitted", "in_two", "listing", "signed_days", "span_words", "text_words"]

_MONTHS = "January February March April May June July August September October November December".split()
_COUNTS = "no one two three four five six seven eight nine ten".split()
_YEAR = 365.25
_MOST_DAYS, _MOST_MONTHS = 92, 23
_LISTED = 8


def text_words(text: str | None) -> str:
    """Return a text of the registry on one line, hidden characters shown as escapes."""
    return clean(one_line(text or ""))


def day_words(day: dt.date | str | None, *, whole: bool = False) -> str:
    """Return a day, month or year: ``14 Jan 2026``, or ``14 January 2026`` if `whole`. What is no date stays."""
    if day is None:
        return "day not known"
    text = day.isoformat() if isinstance(day, dt.date) else day
    first = earliest(text)
    if first is None:
        return shortened(text_words(text), 24) or "day not known"
    month = _MONTHS[first.month - 1] if whole else _MONTHS[first.month - 1][:3]
    return {"year": f"{first.year}", "month": f"{month} {first.year}"}.get(
        precision(text), f"{first.day} {month} {first.year}"
    )


def signed_days(days: int) -> str:
    """Return how far a date moved, with its sign: ``+184 days``."""
    return f"{'−' if days < 0 else '+'}{count_of(abs(days), 'day')}"


def span_words(days: int) -> str:
    """Return a stretch of time as people say it: ``19 days``, ``7 months``, ``three years``."""
    if days <= _MOST_DAYS:
        return count_of(days, "day")
    months = round(days / _YEAR * 12)
    if months <= _MOST_MONTHS:
        return "a year" if months == 12 else count_of(months, "month")
    years = days / _YEAR
    if abs(years - round(years)) > 0.1:
        return f"{years:.1f} years"
    return f"{_COUNTS[round(years)] if round(years) < len(_COUNTS) else round(years)} years"


def listing(parts: Sequence[str], most: int = _LISTED) -> str:
    """Return parts for a description. Those in the middle are counted if there are many."""
    if len(parts) <= most:
        return "; ".join(parts)
    head, tail = parts[: most // 2], parts[-(most // 2) :]
    return "; ".join([*head, f"{len(parts) - len(head) - len(tail)} more", *tail])


def fitted(text: str, room: float, *, bold: bool = False) -> str:
    """Return `text` cut with an ellipsis to `room` units, at a word if one is near. "" if there is no room at all."""
    if text_width(text, bold=bold) <= room:
        return text
    cut = text
    while cut and text_width(f"{cut}…", bold=bold) > room:
        cut = cut[:-1]
    at_word = cut.rpartition(" ")[0]
    cut = at_word if len(at_word) > len(cut) * 2 // 3 else cut
    return f"{cut.rstrip(' ,;:')}…" if cut.strip() else ""


def in_two(text: str, room: float, *, bold: bool = False) -> list[str]:
    """Return `text` on one line or two of `room` units each, broken at a word, the rest cut."""
    if text_width(text, bold=bold) <= room:
        return [text]
    words, first = text.split(" "), ""
    while words and text_width(f"{first} {words[0]}".strip(), bold=bold) <= room:
        first = f"{first} {words.pop(0)}".strip()
    if not first:
        return [fitted(text, room, bold=bold)]
    return [first, fitted(" ".join(words), room, bold=bold)]
