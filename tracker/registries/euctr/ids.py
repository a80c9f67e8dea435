"""Numbers of the EU register in WHO's form: the whole trial, one country of it, or its third-country page."""

from __future__ import annotations

import re
from typing import NamedTuple

from tracker.errors import InvalidTrialId
from tracker.registries.id_family import IdFamily

__all__ = ["EU_NUMBERS", "THIRD", "EuctrId", "is_euctr", "parse_euctr", "split_euctr"]

THIRD = "3rd"
# The register began in 2004, and the serial part never begins with a 5. Digits that are all zero are not a number.
_NUMBER = r"(?:19|20)\d{2}-(?!000000)[0-46-9]\d{5}-\d{2}"
_TYPED = re.compile(rf"EUCTR\s?({_NUMBER})(?:[-/](3RD|[A-Z]{{2}}))?", re.IGNORECASE | re.ASCII)
_CANONICAL = re.compile(r"EUCTR(\d{4}-\d{6}-\d{2})(?:-(3rd|[A-Z]{2}))?", re.ASCII)
_PAGE = re.compile(r"/trial/(\d{4}-\d{6}-\d{2})/([A-Z]{2}|3rd)(?![\w-])", re.IGNORECASE | re.ASCII)
_BEFORE = re.compile(r"^\D+")
_LONGEST = 64


class EuctrId(NamedTuple):
    """A number of the EU register in its parts."""

    #: The EudraCT number.
    number: str
    #: Two letters, "3rd", or "" for the whole trial.
    country: str


def parse_euctr(text: str) -> str:
    """`" euctr2011-005852-33-pt "` -> `"EUCTR2011-005852-33-PT"`. Raise InvalidTrialId."""
    match = _TYPED.fullmatch(text.strip() if len(text) <= _LONGEST else "")
    if match is None:
        shown = ascii(text[:40]) + ("…" if len(text) > 40 else "")
        raise InvalidTrialId(
            f"{shown} is not an EU register number, such as EUCTR2011-005852-33 or EUCTR2011-005852-33-PT",
            subject=text[:40],
        )
    country = (match[2] or "").upper()
    return f"EUCTR{match[1]}" + (f"-{THIRD if country == '3RD' else country}" if country else "")


def is_euctr(value: object) -> bool:
    """Return True for such a number in the one form that we store."""
    return isinstance(value, str) and _CANONICAL.fullmatch(value) is not None


def split_euctr(trial: str) -> EuctrId:
    """Split a canonical id into its two parts. Raise InvalidTrialId."""
    match = _CANONICAL.fullmatch(trial)
    if match is None:
        raise InvalidTrialId(f"{trial[:40]!a} is not an EU register number", subject=trial[:40])
    return EuctrId(match[1], match[2] or "")


def _of_page(address: str) -> str:
    """Return the trial of the page of one country. Its address says more than the number."""
    page = _PAGE.search(address)
    return parse_euctr(f"EUCTR{page[1]}-{page[2]}") if page else ""


def _parse_bare(typed: str) -> str:
    """Parse a EudraCT number without the prefix. A country may follow it."""
    return parse_euctr("EUCTR" + _BEFORE.sub("", typed))


EU_NUMBERS = IdFamily(
    prefix="EUCTR",
    called="EU number",
    example="EUCTR2011-005852-33",
    parse=parse_euctr,
    owns=is_euctr,
    words=("EUDRACT",),
    bare=r"\d{4}-\d{6}-\d{2}",
    headings=frozenset("eudract eudractid eudractnumber euctr euctrid".split()),
    in_address=_of_page,
    parse_bare=_parse_bare,
)
