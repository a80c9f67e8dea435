"""How much a change matters. The one list and the one order of severities."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

__all__ = ["RANKS", "Severity", "at_least", "rank", "worst"]


class Severity(StrEnum):
    """The severity of an event, from the least to the most severe. A member equals its text in the store."""

    ADMIN = "admin"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


RANKS: dict[str, int] = {severity.value: at for at, severity in enumerate(reversed(Severity))}
"""Severity -> 0 for the most severe, and so on."""


def rank(severity: str) -> int:
    """Return the rank of a severity, 0 for the most severe. Text that is no severity comes last."""
    return RANKS.get(severity, len(RANKS))


def at_least(least: str) -> tuple[Severity, ...]:
    """Return the severities that are as severe as `least`, or more."""
    return tuple(it for it in Severity if rank(it) <= rank(least))


def worst(severities: Iterable[Severity]) -> Severity:
    """Return the most severe. Without any, it is ADMIN."""
    return min(severities, key=rank, default=Severity.ADMIN)
