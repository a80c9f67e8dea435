"""The documents of one trial's pending results, as the registry shows them."""

from __future__ import annotations

from typing import Any

from tests.support.records.strategies import study
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov.reader import read

__all__ = ["ARC", "pending", "posted", "record", "round_", "unposted"]


def record(document: dict[str, Any]) -> TrialRecord:
    return read(document).record


def round_(submitted: str, **end: Any) -> dict[str, Any]:
    return {"releaseDate": submitted} | end


def pending(*rounds: dict[str, Any]) -> TrialRecord:
    """Return the document while results are pending: the rounds that the registry tracks."""
    tracking = {"submissionInfos": list(rounds)} if rounds else {}
    return record(study() | {"derivedSection": {"miscInfoModule": {"submissionTracking": tracking}}})


def unposted(*events: dict[str, Any]) -> TrialRecord:
    """Return only the separate events of finished rounds, as older sources have them."""
    annotation = {"annotationModule": {"unpostedAnnotation": {"unpostedEvents": list(events)}}}
    return record(study() | {"annotationSection": annotation})


def posted(submitted: str = "2025-12-11", on: str = "2026-05-04", note: str = "", **more: Any) -> TrialRecord:
    """Return the document after posting: the rounds are gone, the first submission and the posting have dates."""
    status = {"resultsFirstSubmitDate": submitted, "resultsFirstPostDateStruct": {"date": on, "type": "ACTUAL"}}
    measures = [{"type": "PRIMARY"}, {"type": "SECONDARY"}, {"type": "SECONDARY"}]
    started = {"type": "STARTED", "achievements": [{"numSubjects": "20"}, {"numSubjects": "22"}]}
    groups = [{"title": "Drug", "seriousNumAffected": 3}, {"title": "Placebo", "seriousNumAffected": 4}]
    results = {
        "participantFlowModule": {"periods": [{"milestones": [started]}]},
        "outcomeMeasuresModule": {"outcomeMeasures": measures},
        "adverseEventsModule": {"eventGroups": groups, "note": note},
    }
    return record(study(more_status=status) | {"hasResults": True, "resultsSection": results} | more)


# The real course of NCT04457778: two rounds returned, a third open, then posted (and every round erased).
FIRST = round_("2025-12-11", resetDate="2025-12-31")
SECOND = round_("2026-01-23", resetDate="2026-02-09")
ARC = [
    pending(FIRST, round_("2026-01-23")),
    pending(FIRST, SECOND),
    pending(FIRST, SECOND, round_("2026-03-02")),
    posted(),
]
