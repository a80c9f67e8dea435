"""Which difference weighs more, where one event carries several: the one table. Pure.

A summary has room for one line. What weighs more is said first, so that it is never what is cut off.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["GRAVITY", "in_order", "weight"]

_OUTCOMES = (
    "dropped",  # what was promised is not measured any more
    "demoted",  # ... or counts for less
    "promoted",  # another result has become the one that counts
    "added",
    "time_frame",  # the same thing, measured at another time: another result
    "measure",  # other words: it may be another thing, or the same said better
    "description",  # how it is measured
)
GRAVITY: dict[str, tuple[str, ...]] = {
    "status.changed": ("withheld", "status", "why_stopped", "last_known_status"),
    "outcome.primary_changed": _OUTCOMES,
    "outcome.secondary_changed": _OUTCOMES,
    "sponsor.changed": ("lead", "joined", "left"),
    "results.updated": ("steps", "quality_control", "parts"),
    "reference.added": ("results", "turned", "added", "withdrawn"),
    "date": (
        "taken_back",
        "confirmed",
        "moved",
        "precision",
    ),  # one of these, with the move of the date in its sentence
    "enrollment": ("type", "count"),  # a count becoming a target, or a target a count, is no cut
}
"""Kind of event -> the differences it can carry, the gravest first."""


def weight(kind: str, difference: str) -> int:
    """The place of a difference in the table; 0 is the gravest."""
    return GRAVITY[kind].index(difference)


def in_order(kind: str, said: Mapping[str, str]) -> list[str]:
    """What was said of each difference, the gravest first."""
    return [said[name] for name in sorted(said, key=lambda name: weight(kind, name))]
