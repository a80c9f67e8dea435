"""Toy numbers: TOY and a number that does not start with 0."""

from __future__ import annotations

import re

from tracker.errors import InvalidTrialId
from tracker.registries.id_family import IdFamily

__all__ = ["TOY_NUMBERS", "is_toy", "parse_toy"]

_CANONICAL = re.compile(r"TOY[1-9]\d{0,5}", re.ASCII)


def parse_toy(text: str) -> str:
    """`" toy1 "` -> `"TOY1"`. Raise InvalidTrialId."""
    found = text.strip().upper() if len(text) <= 64 else ""
    if not is_toy(found):
        raise InvalidTrialId(f"{text[:40]!a} is not a toy number, such as TOY1", subject=text[:40])
    return found


def is_toy(value: object) -> bool:
    """Return whether this is a toy number in its stored form."""
    return isinstance(value, str) and _CANONICAL.fullmatch(value) is not None


TOY_NUMBERS = IdFamily(prefix="TOY", called="toy number", example="TOY1", parse=parse_toy, owns=is_toy)
