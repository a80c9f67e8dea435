"""What the address of a page asks, as values. A value that cannot be read is refused with the forms there are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from starlette.datastructures import QueryParams

from tracker.changes.wording.nearest import did_you_mean
from tracker.errors import UsageError
from tracker.services.spelling import as_parameter
from tracker.services.typed.version_choice import version_choice
from tracker.services.versions.show import VersionChoice

__all__ = ["number_in", "one_of", "version_in"]

_LONGEST = 15
"""Digits of a number that any database can hold."""


def number_in(query: QueryParams, name: str, default: int, *, least: int = 0, most: int) -> int:
    """Return a number of the query. Raise UsageError for one that is none, or out of bounds."""
    text = query.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST and least <= int(text) <= most):
        raise UsageError(f"{name} must be a number from {least:,} to {most:,}, not {text[:40]!r}", subject=name)
    return int(text)


def one_of(query: QueryParams, name: str, known: Iterable[str], default: str = "") -> str:
    """Return a word of the query that is one of those known; an empty one is the default. Raise UsageError."""
    text, words = query.get(name, "").strip(), list(known)
    if not text:
        return default
    if text not in words:
        near = did_you_mean(text, words)
        raise UsageError(f"{name} must be one of {', '.join(words)}, not {text[:40]!r}.{near}", subject=name)
    return text


def version_in(query: QueryParams, now: datetime) -> VersionChoice:
    """Return the version that `version`, or `as_of` with `basis`, name; the current one without them."""
    version = number_in(query, "version", 0, most=10**9) or None
    as_of = query.get("as_of", "").strip() or None
    # The form of the page always sends a basis, with or without a day.
    basis = query.get("basis", "").strip() if as_of else ""
    return version_choice(version, as_of, basis or "registry", now, as_parameter)
