"""What all shapes have in common: frozen, exact, each key with a sentence that says what it holds."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

__all__ = ["Day", "Instant", "Shape", "described"]


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One JSON object. A key that is not declared is refused when a value is checked against its shape."""


Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", description="A day, month or year, ISO 8601.")]
Instant = Annotated[
    str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$", description="An instant in UTC, ends in Z.")
]


def described(sentence: str) -> Any:
    """The description of a key, for the reference and the JSON Schema."""
    return msgspec.Meta(description=sentence)
