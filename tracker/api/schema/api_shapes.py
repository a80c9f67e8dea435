"""Every shape of the API, by the path that gives it."""

from __future__ import annotations

from typing import Final

from tracker.api import lists, poll, reported, results, similar, trials
from tracker.api.base import Shape
from tracker.api.schema.shapes import definitions
from tracker.records.json_objects import JsonObject

__all__ = ["API_SHAPES", "REFERENCE", "api_schemas"]

REFERENCE = "#/components/schemas/{name}"
"""How an OpenAPI document names one of its schemas."""
API_SHAPES: Final[dict[str, type[Shape] | None]] = {
    "/trials": lists.TrialList,
    "/trials/{trial}": trials.Shown,
    "/trials/{trial}/versions": trials.History,
    "/trials/{trial}/fields": trials.FieldHistory,
    "/trials/{trial}/diff": trials.Diff,
    "/trials/{trial}/raw": None,
    "/trials/{trial}/results": results.Results,
    "/trials/{trial}/reported": reported.ReportedResults,
    "/trials/{trial}/similar": similar.Similar,
    "/changes": lists.ChangeList,
    "/changes/stream": lists.ChangeList,
    "/changes/{key}": lists.OneChange,
    "/results": lists.OwedResults,
    "/cohorts": similar.Cohorts,
    "/outbox": lists.MessageList,
    "/status": poll.Health,
}
"""Path below /api/v1 -> the shape of its answers, or of the data of its events.

None: the registry's own document, whatever is in it.
"""


def api_schemas() -> JsonObject:
    """Return the JSON Schema of every shape of the API, by name."""
    shapes: list[type[Shape]] = [*filter(None, API_SHAPES.values()), lists.StoreReset]
    return definitions(shapes, REFERENCE)
