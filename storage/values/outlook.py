"""What the next check of a trial depends on."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Outlook"]


class Outlook(NamedTuple):
    """What the next check of a trial depends on."""

    trial: str
    registry_name: str
    status: str
    results: str | None
    #: The day its current version took effect, "" if there is none.
    effective: str
    #: See `schedules.cadence.Summary`.
    unknown: int = 0
