"""The mark of where the next page of a list begins, as a text that holds only letters, digits, `-` and `_`."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

import msgspec

from tracker.errors import UsageError

__all__ = ["Sorted", "page_cursor", "read_cursor"]

Sorted = tuple[str, str | int | datetime | None]
"""A trial, and the value it is sorted by."""


class _Mark(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    order: str
    trial: str
    number: int | None
    text: str | None
    instant: datetime | None


def page_cursor(order: str, last: Sorted) -> str:
    """Return the mark after the row `last`. `order`: a name of the order of the list, in which alone it holds."""
    trial, value = last
    mark = _Mark(
        order,
        trial,
        value if isinstance(value, int) else None,
        value if isinstance(value, str) else None,
        value if isinstance(value, datetime) else None,
    )
    return base64.urlsafe_b64encode(msgspec.json.encode(mark)).decode().rstrip("=")


def read_cursor(order: str, cursor: str) -> Sorted:
    """Return the row that a mark stands after. Raise UsageError if it is none, or one of another order."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        mark = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=_Mark)
    except (UnicodeEncodeError, binascii.Error, msgspec.DecodeError) as error:
        raise UsageError(f"There is no page after {cursor[:40]!r}; begin with the first", subject="after") from error
    if mark.order != order:
        raise UsageError("The page before was sorted in another way; begin with the first", subject="after")
    value = next((it for it in (mark.number, mark.text, mark.instant) if it is not None), None)
    return mark.trial, value
