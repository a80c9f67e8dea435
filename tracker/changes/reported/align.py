"""Give reported results of an older version the keys of the newer one, wherever both mean the same thing. Pure.

A renamed group or a retitled measure has another key, and everything below it moves. After `aligned`, a plain walk by
key finds the edits, and what has no partner really came or went. Exact keys meet first. What they leave over is paired
by what it holds: descriptions, cells, counts, and the words of titles. See `tracker.changes.matching.pairing` for the
rules of a pair and the bounds on the work.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from tracker.changes.reported.align_events import aligned_events
from tracker.changes.reported.align_flow import aligned_flow
from tracker.changes.reported.align_measures import aligned_baseline, aligned_measures
from tracker.changes.reported.partners import Renamed, Renamings
from tracker.records.results.reported import Reported

__all__ = ["Aligned", "aligned"]


@dataclass(frozen=True, slots=True)
class Aligned:
    """The older results under the keys of the newer ones."""

    before: Reported
    renamed: tuple[Renamed, ...] = ()


def aligned(before: Reported, after: Reported) -> Aligned:
    """Return `before` with the keys of `after`, and what was renamed."""
    found = Renamings()
    measures = before.measures
    if measures != after.measures:
        measures = aligned_measures(measures, after.measures, ("measures",), found)
    old = msgspec.structs.replace(
        before,
        flow=aligned_flow(before.flow, after.flow, found),
        baseline=aligned_baseline(before.baseline, after.baseline, found),
        measures=measures,
        adverse_events=aligned_events(before.adverse_events, after.adverse_events, found),
    )
    return Aligned(old, tuple(found.renamed))
