"""Versions of a trial, as people type them: numbers and days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from tracker.backfill.choose_version import BASES, When
from tracker.errors import UsageError
from tracker.services.moments import moment_of
from tracker.services.spelling import Spelling, as_option
from tracker.services.typed.choices import check_choice
from tracker.services.versions.show import Span, VersionChoice

__all__ = ["typed_ends", "typed_moment", "typed_span", "typed_version", "version_choice"]

_NUMBER = re.compile(r"v?(\d{1,6})", re.IGNORECASE | re.ASCII)
_NUMBERS = re.compile(r"(\d{1,6})-(\d{1,6})", re.ASCII)
# Not the versions 2024 and 1.
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)


def typed_moment(text: str, now: datetime) -> When:
    """Return the day or instant whose version is meant: of a month or a year, its last day. Raise UsageError."""
    found = moment_of(text, now, end=True)
    if found.day is not None:
        return When(found.day)
    assert found.instant is not None
    return When(found.instant.date().isoformat(), found.instant)


def version_choice(
    version: int | None, as_of: str | None, basis: str, now: datetime, spelling: Spelling = as_option
) -> VersionChoice:
    """Return the version that the options mean. Raise UsageError."""
    meaning = BASES[BASES.index(check_choice(spelling("basis"), basis, BASES))]
    if version is not None and as_of is not None:
        raise UsageError(f"{spelling('version')} and {spelling('as_of')} name two different things; give one of them")
    if as_of is not None:
        return VersionChoice(when=typed_moment(as_of, now), basis=meaning)
    if meaning == "known":
        day = spelling("as_of")
        raise UsageError(f"{spelling('basis')} says how {day} is meant; give a date with it, such as {day} 2024-06-01")
    return VersionChoice(version)


def typed_span(words: Sequence[str], now: datetime) -> Span:
    """Return the two versions of `1 3`, `1..3`, `1-3` or two dates. Raise UsageError."""
    text = " ".join(words)
    ends = words if len(words) > 1 else _parts(text)
    if len(ends) != 2 or not all(end.strip(". ") for end in ends):
        raise UsageError(
            f"{text[:40]!r} is not two versions; give two numbers or dates, such as 1 2, 1..2 or 2024-01-01 2025-01-01",
            subject=text[:40],
        )
    return typed_version(ends[0], now), typed_version(ends[1], now)


def typed_ends(start: str | None, end: str | None, now: datetime) -> Span | None:
    """Return the two versions of `from` and `to`. None, for the last two, without both. Raise UsageError."""
    if not start and not end:
        return None
    if not start or not end:
        raise UsageError("from and to go together; give both, or none for the last two versions", subject="from")
    return typed_version(start, now), typed_version(end, now)


def typed_version(text: str, now: datetime) -> VersionChoice:
    """Return the version of `3`, `v3` or a date. Raise UsageError."""
    number = _NUMBER.fullmatch(text.strip())
    return VersionChoice(int(number[1])) if number else VersionChoice(when=typed_moment(text, now))


def _parts(text: str) -> Sequence[str]:
    """Return the two ends of A..B, or of two version numbers with a hyphen."""
    numbers = None if _MONTH.fullmatch(text) else _NUMBERS.fullmatch(text)
    return numbers.groups() if numbers else text.split("..")
