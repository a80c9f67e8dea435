"""A number in a form."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.errors import UsageError

__all__ = ["number_of"]

_LONGEST = 15


def number_of(form: Mapping[str, str], name: str) -> int:
    """Return a number that a page wrote into its form. Raise UsageError for anything else."""
    text = form[name]
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST):
        raise UsageError(f"{name} must be a number, not {text[:40]!a}. Open the page again", subject=name)
    return int(text)
