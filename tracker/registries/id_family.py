"""What the ids of one registry look like, as its object says it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["IdFamily"]


def _no_page(_address: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class IdFamily:
    """The ids of one registry.

    `prefix`: what somebody who means one types first, in capitals. The stored form begins with it, and no other
    registry's does. `words`: what else may stand before a number of it, in capitals. `called`: what people call one.
    `bare`: a pattern of what may be one without its prefix. `headings`: what a column of them is called in sheets, in
    small letters without blanks.
    """

    prefix: str
    called: str
    example: str
    parse: Callable[[str], str]
    """A typed id to its canonical form; raises InvalidTrialId."""
    owns: Callable[[object], bool]
    """Whether something is an id of this registry in canonical form."""
    words: tuple[str, ...] = ()
    bare: str = ""
    headings: frozenset[str] = frozenset()
    in_address: Callable[[str], str] = _no_page
    """The trial of an address that says more than its number; "" for all others."""
    parse_bare: Callable[[str], str] | None = None
    """As `parse`, for a text without the prefix in which one number of this registry stands; None for `parse`."""
