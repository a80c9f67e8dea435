"""A point in time that a person names."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

__all__ = ["Moment"]


class Moment(NamedTuple):
    """A day or an instant, the other one is None. Both are None for any time."""

    day: str | None = None
    instant: datetime | None = None
