"""The form of the ids of one registry, as its object gives it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["IdFamily"]


def _no_page(_address: str) -> str:
    return ""


class IdFamily(NamedTuple):
    """The ids of one registry."""

    #: The beginning of each id, in capitals. No other registry uses it.
    prefix: str
    #: What people call such an id.
    called: str
    example: str
    parse: Callable[[str], str]
    """Parse a typed id into its canonical form. Raise InvalidTrialId."""
    owns: Callable[[object], bool]
    """Return True for an id of this registry in canonical form."""
    #: Other words that may stand before a number of this registry, in capitals.
    words: tuple[str, ...] = ()
    #: A pattern that matches possible ids without the prefix.
    bare: str = ""
    #: Names of a column with such ids in sheets, in small letters without spaces.
    headings: frozenset[str] = frozenset()
    in_address: Callable[[str], str] = _no_page
    """Return the trial of an address that says more than its number. "" for all other addresses."""
    parse_bare: Callable[[str], str] | None = None
    """As `parse`, for a text without the prefix that contains one number of this registry. None means `parse`."""
