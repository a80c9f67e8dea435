"""The keys of answers that are ours. All others are made of a registry's words, such as the slug of an outcome."""

from __future__ import annotations

from functools import cache

import msgspec

from tracker.api.lists import ChangeList, OwedResults, TrialList
from tracker.api.reported import RegisteredOutcomes, ReportedResults
from tracker.api.results import Results
from tracker.api.similar import Similar
from tracker.api.trials import Shown
from tracker.records.trial import TrialRecord

__all__ = ["our_keys"]

_SHAPES = (
    *(ChangeList, OwedResults, RegisteredOutcomes, ReportedResults, Results, Shown, Similar, TrialList),
    TrialRecord,
)


@cache
def our_keys() -> frozenset[str]:
    """Return the names of all keys that our shapes declare."""
    _, shapes = msgspec.json.schema_components(_SHAPES)
    return frozenset(key for shape in shapes.values() for key in shape.get("properties", ()))
