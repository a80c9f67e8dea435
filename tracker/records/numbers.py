"""The numbers a trial has in other registers, as its record names them. Pure.

A number is known by its shape, wherever the record has it among its identifiers: registries name their kinds
differently, and sponsors write one register's number into any field.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from tracker.records.trial import TrialRecord

__all__ = ["Numbered", "numbers_of"]


class Numbered(NamedTuple):
    """`trial`: the id in the form that register is asked by here; `register`: its short name."""

    trial: str
    register: str


_SHAPES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("ctgov", "{}", re.compile(r"NCT\d{8}", re.ASCII)),
    # The EU's newer system counts from 500000, and numbers of the older never begin with a 5.
    ("ctis", "CTIS{}", re.compile(r"20\d{2}-5\d{5}-\d{2}(?:-\d{2})?", re.ASCII)),
    ("euctr", "EUCTR{}", re.compile(r"(?:19|20)\d{2}-[0-46-9]\d{5}-\d{2}", re.ASCII)),
    ("isrctn", "{}", re.compile(r"ISRCTN\d{8}", re.ASCII)),
    ("chictr", "{}", re.compile(r"ChiCTR(?:-[A-Z]{2,4}-)?\d{8,10}", re.ASCII)),
)
_PREFIX = re.compile(r"^(?:EUDRA ?CT|EUCTR|EU ?CT|CTIS)[-:\s#]*(?:number|no\.?)?[-:\s#]*", re.IGNORECASE)
_CASES = {"nct": "NCT", "isrctn": "ISRCTN", "chictr": "ChiCTR"}


def numbers_of(record: TrialRecord) -> tuple[Numbered, ...]:
    """The trial's other numbers, each once, sorted; its own and its obsolete ones are not among them."""
    own = sorted({record.trial, *record.aliases})
    found = {number for item in record.identifiers.values() if (number := _number(item.id)) is not None}
    # One country of a trial is that trial: what the whole is called is no other number of it.
    return tuple(sorted(number for number in found if not _begins_one(number.trial, own)))


def _begins_one(name: str, names: Sequence[str]) -> bool:
    """Whether one of these sorted names begins with `name`: it is the first that does not sort before it."""
    at = bisect_left(names, name)
    return at < len(names) and names[at].startswith(name)


def _number(text: str) -> Numbered | None:
    bare = _PREFIX.sub("", text.strip())
    for low, right in _CASES.items():
        if bare.casefold().startswith(low):
            bare = right + bare[len(low) :].upper()
    for register, form, shape in _SHAPES:
        if shape.fullmatch(bare):
            return Numbered(form.format(bare), register)
    return None
