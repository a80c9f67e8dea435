"""NCT numbers. Nothing else ever becomes part of an address or a query."""

from __future__ import annotations

import re

from tracker.errors import InvalidTrialId

__all__ = ["is_nct", "parse_nct"]

_TYPED = re.compile(r"NCT0*([1-9]\d{0,7})", re.IGNORECASE | re.ASCII)
_CANONICAL = re.compile(r"NCT(?!0{8})\d{8}", re.ASCII)
_LONGEST = 64


def parse_nct(text: str) -> str:
    """`" nct5349331 "` -> `"NCT05349331"`. Raises InvalidTrialId, which names at most the first 40 characters."""
    # The length is looked at first: what is long is never an id, and need not be searched.
    trimmed = text.strip() if len(text) <= _LONGEST else ""
    match = _TYPED.fullmatch(trimmed)
    if match is None:
        shown = ascii(text[:40]) + ("…" if len(text) > 40 else "")
        raise InvalidTrialId(f"{shown} is not an NCT number, such as NCT05349331", subject=text[:40])
    return f"NCT{int(match[1]):08d}"


def is_nct(value: object) -> bool:
    """Whether this is an NCT number in the one form we store: NCT and eight digits."""
    return isinstance(value, str) and _CANONICAL.fullmatch(value) is not None
