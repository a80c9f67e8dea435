"""NCT numbers. No other text ever becomes part of an address or a query."""

from __future__ import annotations

import re

from tracker.errors import InvalidTrialId
from tracker.registries.id_family import IdFamily

__all__ = ["NCT_NUMBERS", "is_nct", "parse_nct"]

_TYPED = re.compile(r"(?:NCT)?(\d+)", re.IGNORECASE | re.ASCII)
_CANONICAL = re.compile(r"NCT(?!0{8})\d{8}", re.ASCII)
_PAGE = re.compile(r"clinicaltrials\.gov(?::\d+)?/[^?#]*?/(NCT\d*)(?![A-Z0-9])", re.IGNORECASE | re.ASCII)
_LONGEST = 64
_DIGITS = 8
_DROPPED = 5
"""Fewest digits of a number that may have lost its leading zeros. A sheet turns `05349331` into 5349331."""


def parse_nct(text: str) -> str:
    """`" nct05349331 "` -> `"NCT05349331"`. Raise InvalidTrialId, with at most the first 40 characters of the text.

    A number with more or fewer than eight digits could belong to another trial just as well, so it is refused.
    """
    # Check the length first: a long text is never an id, so there is no need to search it.
    trimmed = text.strip() if len(text) <= _LONGEST else ""
    found = trimmed.upper()
    if is_nct(found):
        return found
    shown = ascii(text[:40]) + ("…" if len(text) > 40 else "")
    match = _TYPED.fullmatch(trimmed)
    reason = _what_is_wrong(match[1], named=found.startswith("NCT")) if match else ""
    raise InvalidTrialId(
        reason.format(shown) or f"{shown} is not an NCT number, such as NCT05349331", subject=text[:40]
    )


def _what_is_wrong(digits: str, *, named: bool) -> str:
    """Return what to say about an invalid number, with ``{}`` for the typed text. "" if there is nothing to say."""
    if len(digits) == _DIGITS and named:
        return "{} stands for no trial; look up its number, such as NCT05349331"
    padded = f"NCT{digits.lstrip('0').zfill(_DIGITS)}"
    likely = len(digits.lstrip("0")) >= _DROPPED and is_nct(padded)
    if len(digits) == _DIGITS:
        # Digits such as 20260115 are a date, and no such numbers are in use yet.
        reason = "{} has no NCT before its digits" if likely and digits[:2] not in ("19", "20") else ""
    elif named or likely:
        reason = f"{{}} has {len(digits)} digits, and an NCT number, such as NCT05349331, has eight"
    else:
        return ""
    if reason and len(digits) < _DIGITS and digits.startswith("0"):
        return f"{reason}. One is missing: look the number up"
    if reason and likely:
        return f"{reason}; did you mean {padded}?"
    return f"{reason}; look the number up" if reason else ""


def is_nct(value: object) -> bool:
    """Return True for an NCT number in the one form that we store: NCT and eight digits."""
    return isinstance(value, str) and _CANONICAL.fullmatch(value) is not None


def _of_page(address: str) -> str:
    """Return the trial of the page of one trial. What was searched for before may stand behind it."""
    page = _PAGE.search(address)
    return parse_nct(page[1]) if page else ""


NCT_NUMBERS = IdFamily(
    prefix="NCT",
    called="NCT number",
    example="NCT05349331",
    parse=parse_nct,
    owns=is_nct,
    bare=r"\d{6,8}\s*$",
    headings=frozenset(
        "nct nctid nctids nctno nctnumber nctnumbers clinicaltrialsgovid clinicaltrialsgovidentifier "
        "clinicaltrialsgovnumber".split()
    ),
    in_address=_of_page,
)
