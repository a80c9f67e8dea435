"""The result of verification: one row that is not as it was stored."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Fault",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One row that is not as it was stored. `row` is its key as text."""

    table: str
    row: str
    reason: str
