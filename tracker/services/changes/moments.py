"""A point in time that a person names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Moment"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A day or an instant, the other one is None. Both are None for any time."""

    day: str | None = None
    instant: datetime | None = None
