"""What the summary of a posting says has whole parts: what does not fit is left out, never cut."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from storage.values.states import ResultsState
from tests.unit.results.registered.made import measure, record
from tracker.changes.detect_changes import detect_changes
from tracker.changes.reported.compare import ReportedSides
from tracker.changes.version import Version
from tracker.records.dates import RegistryDate
from tracker.records.results.reported import Reported
from tracker.records.results.summary import EventGroup, ResultsSummary
from tracker.records.trial import Results

DAY = dt.date(2026, 3, 1)
NONE_SERIOUS = (EventGroup("Drug", serious_affected=0, serious_at_risk=20),)
TWO = (
    EventGroup("Drug A, once a day", serious_affected=12, serious_at_risk=100),
    EventGroup("Placebo", serious_affected=9, serious_at_risk=98),
)
LONG = tuple(
    EventGroup(f"{name} for twelve weeks or more", serious_affected=10**9, serious_at_risk=10**10)
    for name in ("One drug", "Another")
)
ONE_LEFT_OUT = "1 of 2 registered primary outcomes is not reported"
FEW = "1 primary and 1 secondary measure"


def said(groups: tuple[EventGroup, ...], *registered: str, participants: int = 20, secondary: int = 1) -> str:
    """Return the summary of a posting that reports the first of these registered primary outcomes."""
    summary = ResultsSummary(
        primary_measures=1, secondary_measures=secondary, participants=participants, event_groups=groups
    )
    results = Results(state=ResultsState.POSTED, first_posted=RegistryDate("2026-02-26"), summary=summary)
    before, after = record(*registered), record(registered[0], results=results)
    reported = Reported(measures={"wound": measure("Wound closure")})
    past = [Version(dt.date(2025, 5, 5), before)]
    found = detect_changes(before, after, DAY, past, reported=ReportedSides(None, reported))
    [event] = [it for it in found if it.kind == "results.posted"]
    assert len(event.summary) <= 160
    return event.summary


def test_everything_is_said_where_there_is_room() -> None:
    assert said((), "Wound closure", "Grip strength") == (
        f"Results posted: {FEW}, 20 participants; {ONE_LEFT_OUT} (as registered on 2025-05-05)"
    )


def test_the_day_of_the_registration_makes_room_for_the_serious_events() -> None:
    assert said(NONE_SERIOUS, "Wound closure", "Grip strength") == (
        f"Results posted: {FEW}, 20 participants, no serious adverse events; {ONE_LEFT_OUT}"
    )


def test_the_counts_make_room_for_the_serious_events() -> None:
    assert said(TWO, "Wound closure", "Grip strength") == (
        "Results posted: serious adverse events in 12 of 100 (Drug A, once a day) and 9 of 98 (Placebo)"
        f"; {ONE_LEFT_OUT}"
    )


def test_serious_events_without_room_are_left_out_whole() -> None:
    assert said(LONG, "Wound closure", "Grip strength") == (
        f"Results posted: {FEW}, 20 participants; {ONE_LEFT_OUT} (as registered on 2025-05-05)"
    )


def test_a_posting_alone_has_whole_parts_too() -> None:
    summary = said(LONG, "Wound closure", participants=123_456_789, secondary=123_456)
    assert summary.startswith("Results posted: serious adverse events in 1,000,000,000 of ")
    assert summary.endswith(")")


@pytest.mark.parametrize(
    ("statuses", "what"),
    [
        (("POSTED", "POSTED", "POSTED"), "1 primary and 2 secondary measures"),
        (("POSTED", "NOT_POSTED", "NOT_POSTED"), "1 primary and 2 secondary measures (2 not posted yet)"),
        (("NOT_POSTED", "POSTED", "POSTED"), "1 primary and 2 secondary measures (1 not posted yet)"),
    ],
)
def test_measures_without_values_are_not_called_posted(statuses: tuple[str, ...], what: str) -> None:
    kinds = ("PRIMARY", "SECONDARY", "SECONDARY")
    measures = {
        str(at): msgspec.structs.replace(measure(f"Wound closure at visit {at}"), type=kind, status=status)
        for at, (kind, status) in enumerate(zip(kinds, statuses, strict=True))
    }
    # What is expected later, and the sentence does not count.
    measures["other"] = msgspec.structs.replace(measure("Scars"), type="OTHER_PRE_SPECIFIED", status="NOT_POSTED")
    summary = ResultsSummary(primary_measures=1, secondary_measures=2, other_measures=1, event_groups=NONE_SERIOUS)
    results = Results(state=ResultsState.POSTED, first_posted=RegistryDate("2026-02-26"), summary=summary)
    before, after = record("Wound closure at visit 0"), record("Wound closure at visit 0", results=results)
    past = [Version(dt.date(2025, 5, 5), before)]
    found = detect_changes(before, after, DAY, past, reported=ReportedSides(None, Reported(measures=measures)))
    assert [it.summary for it in found if it.kind == "results.posted"] == [
        f"Results posted: {what}, no serious adverse events"
    ]
