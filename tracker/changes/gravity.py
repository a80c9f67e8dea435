"""Which difference matters more if one event has several: the one table. Pure.

A summary has room for one line. So the most important difference comes first and is never cut off.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["GRAVITY", "MAJOR_SHARE", "in_order", "weight"]

MAJOR_SHARE = 0.20
"""A change of the enrollment target by this share or more is major."""
_OUTCOMES = (
    "dropped",  # a promised measure is not taken any more
    "demoted",  # ... or counts for less
    "promoted",  # another result has become the main one
    "added",
    "time_frame",  # the same thing measured at another time is another result
    "measure",  # other words: perhaps another thing, perhaps the same in better words
    "description",  # how it is measured
)
GRAVITY: dict[str, tuple[str, ...]] = {
    "status.changed": ("withheld", "status", "why_stopped", "last_known_status"),
    "outcome.primary_changed": _OUTCOMES,
    "outcome.secondary_changed": _OUTCOMES,
    "sponsor.changed": ("lead", "joined", "left"),
    "results.updated": ("steps", "days", "quality_control", "parts"),
    "reference.added": ("results", "turned", "added", "withdrawn"),
    "date": (
        "taken_back",
        "confirmed",
        "moved",
        "precision",
    ),  # one of these, with the move of the date in the same sentence
    "enrollment": ("type", "count"),  # a count that becomes a target, or the reverse, is no cut
}
"""Kind of event -> the differences it can have, most important first."""


def weight(kind: str, difference: str) -> int:
    """Return the place of a difference in the table. 0 is the most important."""
    return GRAVITY[kind].index(difference)


def in_order(kind: str, sentences: Mapping[str, str]) -> list[str]:
    """Return the sentences by difference, most important first."""
    return [sentences[name] for name in sorted(sentences, key=lambda name: weight(kind, name))]
