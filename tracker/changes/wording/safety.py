"""Adverse events of posted results in words. Only numbers that were reported are shown. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.changes.wording.words import Names, told_apart
from tracker.records.results.summary import EventGroup

__all__ = ["serious_words"]

_BOTH = 2
_NAME = 20


def serious_words(groups: Sequence[EventGroup], *, most: int = _BOTH, name: int = _NAME) -> str:
    """Return ``serious adverse events in 12 of 100 (Drug A) and 9 of 98 (Placebo)``, or the largest group if many.

    More than `most` groups are many. Groups are never summed, because one may be part of another. Return "" if no group
    reports a number. `name` is the maximum length of a group's title.

    The registry asks for a number of every group. Where events were not collected it is 0 of 0, which is not none.
    """
    observed = [group for group in groups if group.serious_at_risk != 0]
    if groups and not observed:
        return "nobody at risk of serious adverse events"
    counted = [group for group in observed if group.serious_affected is not None]
    counted.sort(key=lambda group: (-(group.serious_affected or 0), group.title or ""))
    if not counted:
        return ""
    if not counted[0].serious_affected and len(counted) == len(observed):
        return "no serious adverse events"
    if len(groups) == 1:
        return f"serious adverse events in {_share(counted[0])}"
    titles = Names(group.title for group in counted if group.title)
    shown = [_share(it) + (f" ({told_apart(it.title, titles, name)})" if it.title else "") for it in counted[:most]]
    if len(counted) <= most:
        return f"serious adverse events in {' and '.join(shown)}"
    return f"serious adverse events in up to {shown[0]}, by group"


def _share(group: EventGroup) -> str:
    at_risk = f" of {group.serious_at_risk:,}" if group.serious_at_risk is not None else ""
    return f"{group.serious_affected or 0:,}{at_risk}"
