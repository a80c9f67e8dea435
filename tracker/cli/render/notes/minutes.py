"""Instants, to the minute."""

from __future__ import annotations

__all__ = ["to_minute"]


def to_minute(instant: str | None) -> str:
    return (instant or "")[:16].replace("T", " ") + (" UTC" if (instant or "").endswith("Z") else "")
