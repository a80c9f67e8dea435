"""Read what two documents of one trial report, so that it can be compared. Pure."""

from __future__ import annotations

from typing import Protocol

from tracker.changes.reported.compare import ReportedSides
from tracker.errors import RecordError
from tracker.isolation import one_record
from tracker.records.json_objects import RawRecord
from tracker.records.results.reported import Reported

__all__ = ["ReportedReader", "reported_sides"]


class ReportedReader(Protocol):
    """What reads the posted results: the part of `Registry` that is needed here."""

    def reported(self, document: RawRecord) -> Reported | None: ...


def reported_sides(registry: ReportedReader, before: RawRecord | None, after: RawRecord, trial: str) -> ReportedSides:
    """Return both sides. Results that cannot be read are a `problem`: the rest of the record is still compared."""
    try:
        with one_record("reading the results of", trial):
            return ReportedSides(registry.reported(before) if before is not None else None, registry.reported(after))
    except RecordError as error:
        return ReportedSides(problem=error.message)
