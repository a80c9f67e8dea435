"""The events everybody waits for, on cases written out by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.support.records.results_arc import ARC, FIRST, pending, posted, record, round_
from tests.support.records.strategies import study
from tracker.changes.explain import explain
from tracker.records.trial import TrialRecord

NOTHING, OPEN = pending(), pending(round_("2026-01-05"))
RETURNED = pending(round_("2026-01-05", resetDate="2026-01-09"))
CANCELLED = pending(round_("2026-01-05", unreleaseDate="2026-01-09"))
CANCELLED_UNKNOWN = pending(round_("2026-01-05", unreleaseDateUnknown=True))
AGAIN = pending(round_("2026-01-05", resetDate="2026-01-09"), round_("2026-02-01"))
SAME_DAY = pending(round_("2026-01-05", unreleaseDate="2026-01-05"), round_("2026-01-05"))

SUBMITTED = "Results submitted to the registry for quality control on "
SENT_BACK = "Results returned to the sponsor by quality control on "
WITHDRAWN = "Submission of results cancelled by the sponsor on "
VANISHED = "The pending submission is no longer listed by the registry: cancelled or erased, date unknown"
NUMBERS = "Results posted: 1 primary and 2 secondary measures, serious adverse events in 4 (Placebo) and 3 (Drug)"

PARTS = "adverse events, outcome measures and participant flow"
CUT_SHORT = posted(resultsSection={})
"""The flag and the dates say that results are posted, and the copy came without them."""
FLAG_ALONE = record(study() | {"hasResults": True})

CASES: list[tuple[TrialRecord, TrialRecord, list[tuple[str, str, str]]]] = [
    (NOTHING, OPEN, [("submitted", "major", SUBMITTED + "2026-01-05")]),
    (OPEN, RETURNED, [("returned", "major", SENT_BACK + "2026-01-09")]),
    (OPEN, CANCELLED, [("cancelled", "major", WITHDRAWN + "2026-01-09")]),
    (OPEN, CANCELLED_UNKNOWN, [("cancelled", "major", WITHDRAWN + "an unknown day")]),  # peers' regression 4
    (RETURNED, AGAIN, [("submitted", "major", SUBMITTED + "2026-02-01")]),
    # both ends of a round between two looks
    (
        NOTHING,
        RETURNED,
        [("submitted", "major", SUBMITTED + "2026-01-05"), ("returned", "major", SENT_BACK + "2026-01-09")],
    ),
    # submitted, cancelled and submitted again on one day (peers' regression 3)
    (
        OPEN,
        SAME_DAY,
        [("submitted", "major", SUBMITTED + "2026-01-05"), ("cancelled", "major", WITHDRAWN + "2026-01-05")],
    ),
    # pending results that vanish (peers' regression 2), alone or from behind an earlier round
    (OPEN, NOTHING, [("cancelled", "major", VANISHED)]),
    (RETURNED, NOTHING, [("cancelled", "major", VANISHED)]),
    (AGAIN, RETURNED, [("cancelled", "major", VANISHED)]),
    # what was cancelled and is then erased was told
    (CANCELLED, NOTHING, [("updated", "minor", "Record of the submission rounds corrected")]),
    (NOTHING, posted(), [("posted", "critical", NUMBERS)]),  # the flag appears (peers' regression 1)
    (AGAIN, posted(), [("posted", "critical", NUMBERS)]),
    (posted(), NOTHING, [("removed", "critical", "Posted results were removed from the registry (state now: none)")]),
    # a copy cut short takes nothing away, nor does it hide a posting
    (posted(), CUT_SHORT, [("updated", "minor", "The record says that it has results, and came without them")]),
    (CUT_SHORT, posted(), [("updated", "minor", f"Posted results updated: {PARTS}")]),
    (OPEN, CUT_SHORT, [("posted", "critical", "Results posted")]),
    (posted(), posted(note="corrected"), [("updated", "minor", "Posted results updated: adverse events")]),
    (
        posted(),
        posted(on="2026-05-05"),
        [("updated", "minor", "Day the results were posted corrected from 2026-05-04 to 2026-05-05")],
    ),
]


def results_told(before: TrialRecord, after: TrialRecord) -> list[tuple[str, str, str]]:
    events = explain(before, after)
    assert all(event.kind.startswith("results.") for event in events)
    return [(event.kind.removeprefix("results."), event.severity, event.summary) for event in events]


@pytest.mark.parametrize(("before", "after", "expected"), CASES)
def test_a_step_of_the_results(before: TrialRecord, after: TrialRecord, expected: list[tuple[str, str, str]]) -> None:
    assert sorted(results_told(before, after)) == sorted(expected)


def test_a_flag_that_nothing_else_bears_out_is_housekeeping() -> None:
    [event] = explain(NOTHING, FLAG_ALONE)
    assert (event.kind, event.severity) == ("admin.changed", "admin")
    assert [field.field for field in event.fields] == ["results.claimed"]


def test_the_real_arc_is_told_step_by_step() -> None:
    told = [[(kind, severity) for kind, severity, _ in results_told(*pair)] for pair in pairwise(ARC)]
    assert told == [[("returned", "major")], [("submitted", "major")], [("posted", "critical")]]


def test_a_posting_date_that_turns_actual_is_housekeeping() -> None:
    def typed(code: str) -> TrialRecord:
        status = {"resultsFirstPostDateStruct": {"date": "2026-05-04", "type": code}}
        return record(study(more_status=status) | {"resultsSection": {"moreInfoModule": {"note": "x"}}})

    (event,) = explain(typed("ESTIMATED"), typed("ACTUAL"))
    assert (event.kind, event.summary) == ("admin.changed", "Posting date confirmed")
    (event,) = explain(typed("ACTUAL"), typed("ESTIMATED"))
    assert (event.kind, event.summary) == ("admin.changed", "Posting date no longer confirmed")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("2026-04-20", "2026-04-21", "Day the results passed quality control corrected from 2026-04-20 to 2026-04-21"),
        (None, "2026-04-21", "Posted results updated: results passed quality control"),
    ],
)
def test_a_date_alone_is_not_called_dates_and_counts(before: str | None, after: str, said: str) -> None:
    def checked(on: str | None) -> TrialRecord:
        status = {"resultsFirstPostDateStruct": {"date": "2026-05-04", "type": "ACTUAL"}}
        day = {"resultsFirstSubmitQcDate": on} if on else {}
        return record(study(more_status=status | day) | {"resultsSection": {"moreInfoModule": {"note": "x"}}})

    assert results_told(checked(before), checked(after)) == [("updated", "minor", said)]


def with_comments(on: str | None, *rounds: dict[str, Any]) -> TrialRecord:
    """Results posted before quality control was done: they keep their rounds."""
    tracking: dict[str, Any] = {"submissionInfos": list(rounds)}
    if on:
        tracking["firstMcpInfo"] = {"postDateStruct": {"date": on, "type": "ACTUAL"}}
    return posted(derivedSection={"miscInfoModule": {"submissionTracking": tracking}})


def test_results_posted_with_comments_go_on_through_quality_control() -> None:
    first = round_("2025-12-11", mcpReleaseN=1)
    opened, sent_back = (
        with_comments("2026-01-10", first),
        with_comments("2026-01-10", first | {"resetDate": "2026-02-01"}),
    )
    assert results_told(pending(first), opened)[0][:2] == ("posted", "critical")
    assert results_told(opened, sent_back) == [("updated", "minor", "Posted results: returned 2026-02-01")]
    concluded = with_comments(None, first | {"resetDate": "2026-02-01"})
    assert results_told(sent_back, concluded) == [
        ("updated", "minor", "Quality control of the posted results concluded")
    ]


def test_a_certificate_of_delay() -> None:
    def certified(**status: Any) -> TrialRecord:
        return record(study(more_status=status))

    plain, delayed = certified(), certified(dispFirstSubmitDate="2026-02-19")
    posted_too = certified(dispFirstSubmitDate="2026-02-19", dispFirstPostDateStruct={"date": "2026-03-01"})
    told = [("delay_certified", "major", "Delay of results certified on 2026-02-19")]
    assert results_told(plain, delayed) == told
    assert results_told(delayed, plain) == [("delay_certified", "major", "Certificate of delay withdrawn")]
    (event,) = explain(delayed, posted_too)
    assert (event.kind, event.summary) == ("admin.changed", "Certificate of delay edited")


def test_a_source_that_cannot_tell_results_tells_none() -> None:
    """A version of the history endpoint has no derived sections: nothing was removed, and nothing posted."""
    from_history = TrialRecord.from_document({**NOTHING.document(), "absent": ["derivedSection", "annotationSection"]})
    assert explain(ARC[-1], from_history) == ()
    assert explain(from_history, pending(FIRST)) == ()
